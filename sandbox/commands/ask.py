"""What every verb of a running venue does: ask one of its /sandbox endpoints and print what it says."""

from pathlib import Path
from typing import Any

import msgspec

from sandbox.client import Unreachable, send
from sandbox.console import Output, fail, print_json, print_rows
from sandbox.state_dir import StateDir, StateError


def ask(state: Path, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """The decoded answer of the venue in a folder, None when it has no body. Ends the command when it is an error."""
    text = None if body is None else msgspec.json.encode(body).decode()
    try:
        answer = send(StateDir(state).running().root_url, method, f"/sandbox{path}", body=text)
    except (StateError, Unreachable) as error:
        fail(str(error))
    if answer.is_error:
        fail(_words(answer.status, answer.body))
    return answer.json() if answer.body else None


def show(facts: Any, output: Output) -> None:
    """A fact a row, a list of things a thing a row."""
    if output is Output.JSON:
        print_json(facts)
    elif isinstance(facts, dict):
        print_rows([(name, _cell(value)) for name, value in facts.items()] or [("nothing",)])
    elif not facts:
        print_rows([("nothing",)])
    else:
        print_rows([tuple(facts[0]), *(tuple(map(_cell, each.values())) for each in facts)])


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _words(status: int, body: bytes) -> str:
    try:
        error = msgspec.json.decode(body)["error"]
        return str(error.get("details") or error["message"])
    except (msgspec.DecodeError, KeyError, TypeError, AttributeError):
        return f"the venue answered {status}: {body[:200].decode(errors='replace')}"
