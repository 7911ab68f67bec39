"""`mock-kalshi curl`: one signed request."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

import msgspec
import typer

from sandbox.client import API_ROOT, Answer, Unreachable, send, sign_request
from sandbox.commands.options import DEFAULT, State
from sandbox.console import err, fail, out
from sandbox.state_dir import KeyFile, RunInfo, StateDir, StateError
from wire.signing import KeyFormatError

METHODS = ("GET", "POST", "PUT", "DELETE")

UNSIGNED = "/sandbox/"
"""What only the simulator has, for anybody."""


def curl(
    method: Annotated[str, typer.Argument(help="GET, POST, PUT or DELETE.")],
    path: Annotated[
        str,
        typer.Argument(help="Relative to /trade-api/v2, with its query; or whole: /trade-api/..., /sandbox/..."),
    ],
    data: Annotated[str | None, typer.Option("--data", "-d", metavar="BODY", help="JSON body.")] = None,
    account: Annotated[str | None, typer.Option(help="Whose key signs; the first account's by default.")] = None,
    key_id: Annotated[str | None, typer.Option("--key", metavar="KEY_ID", help="The key that signs.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what is signed and every header.")] = False,
    state: State = DEFAULT,
) -> None:
    """Sign a request, send it, print the answer. Exit code 1 when the answer is an error.

    Examples:

      mock-kalshi curl GET /portfolio/balance

      mock-kalshi curl GET '/markets?status=open&limit=5' -v

      mock-kalshi curl DELETE /portfolio/events/orders --account bob

      mock-kalshi curl GET /sandbox/state
    """
    folder = StateDir(state)
    method = method.upper()
    if method not in METHODS:
        fail(f"{method} is not a method; one of {', '.join(METHODS)}", 2)
    full = full_path(path)
    try:
        run = folder.running()
        if full.startswith(UNSIGNED):
            answer = _send(run, method, full, {}, data, verbose)
        else:
            keys = [folder.key_by_id(key_id)] if key_id is not None else folder.keys_of(account)
            answer = _send_signed(folder, run, keys, method, full, data, verbose)
    except (StateError, Unreachable, OSError, KeyFormatError) as error:
        fail(str(error))
    if verbose or answer.is_error:
        err.print(f"< {answer.status} {answer.reason}", markup=False)
    if verbose:
        for name, value in answer.headers:
            err.print(f"< {name}: {value}", markup=False)
    if answer.body:
        try:
            out.print(json.dumps(answer.json(), indent=2), markup=False)
        except msgspec.DecodeError:
            out.print(answer.body.decode(errors="replace"), markup=False)
    elif not answer.is_error:
        out.print(f"{answer.status} {answer.reason}", markup=False)
    if answer.is_error:
        raise typer.Exit(1)


def full_path(path: str) -> str:
    """The path from the host root. What is whole already stays as it is."""
    path = "/" + path.lstrip("/")
    return path if path.startswith(("/trade-api/", UNSIGNED)) else API_ROOT + path


def _send_signed(
    folder: StateDir, run: RunInfo, keys: Sequence[KeyFile], method: str, full: str, data: str | None, verbose: bool
) -> Answer:
    """Sign with the first of these keys that the venue still knows; a deleted one is refused at once."""
    for number, key in enumerate(keys, 1):
        signed = sign_request(key.key_id, folder.pem_path(key), method, full)
        if verbose:
            err.print(f"* signing as {key.account}: {signed.text}", markup=False)
        answer = _send(run, method, full, signed.headers, data, verbose)
        if not is_unknown_key(answer) or number == len(keys):
            break
        err.print(f"* the venue no longer has key {key.key_id}; trying {keys[number].key_id}", markup=False)
    if is_unknown_key(answer):
        err.print("* the venue no longer has this key; `mock-kalshi keys list` shows others for --key", markup=False)
    return answer


def is_unknown_key(answer: Answer) -> bool:
    """Whether it is the 401 of a key id the venue does not have (SEMANTICS F2)."""
    return answer.status == HTTPStatus.UNAUTHORIZED and b'"NOT_FOUND"' in answer.body


def _send(run: RunInfo, method: str, full: str, headers: dict[str, str], data: str | None, verbose: bool) -> Answer:
    if verbose:
        err.print(f"> {method} {full}", markup=False)
        for name, value in headers.items():
            err.print(f"> {name}: {value}", markup=False)
    return send(run.root_url, method, full, headers, data)
