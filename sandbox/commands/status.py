"""`mock-kalshi status`: where the venue is and with which keys."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from sandbox.client import Unreachable, send
from sandbox.commands.options import DEFAULT, State
from sandbox.console import err, fail, print_json, print_rows
from sandbox.readers import HEALTH
from sandbox.snippets import env_lines, environment
from sandbox.state_dir import StateDir, StateError


class StatusOutput(StrEnum):
    TABLE = "table"
    ENV = "env"
    JSON = "json"


def status(
    state: State = DEFAULT,
    output: Annotated[StatusOutput, typer.Option("--output", "-o", help="env and json are for scripts.")] = (
        StatusOutput.TABLE
    ),
) -> None:
    """Print the running venue's address, accounts and keys. Exit code 1 when none is running.

    Examples:

      mock-kalshi status

      set -a; eval "$(mock-kalshi status -o env)"; set +a

      mock-kalshi status -o json | jq -r .KALSHI_KEY_ID
    """
    folder = StateDir(state)
    try:
        run = folder.running()
    except StateError as error:
        fail(str(error))
    values = environment(run, folder)
    if output is StatusOutput.ENV:
        sys.stdout.write(env_lines(values))
        return
    if output is StatusOutput.JSON:
        accounts = [
            {"account": key.account, "member": key.member, "key_id": key.key_id, "pem": str(folder.pem_path(key))}
            for key in folder.known_keys()
        ]
        print_json(
            {
                **values,
                "pid": run.pid,
                "host": run.host,
                "port": run.port,
                "api": run.api,
                "durability": run.durability,
                "scenario": run.scenario,
                "state": str(folder.path),
                "keys": accounts,
                "kafka": run.kafka,
                "readers": {name: {"url": url, "answers": _answers(url)} for name, url in run.readers.items()},
            }
        )
        return
    print_rows([("pid", str(run.pid)), ("state", str(folder.path)), *values.items()])
    for name, url in run.readers.items():
        if not _answers(url):
            err.print(
                f"[bold yellow]warning:[/] the {name} does not answer, or not yet; see {folder.path}/logs/{name}.log"
            )


def _answers(url: str) -> bool:
    """Whether a reader is alive."""
    try:
        return not send(url, "GET", HEALTH).is_error
    except Unreachable:
        return False
