"""`mock-kalshi curl`: one signed request."""

import json
from typing import Annotated

import msgspec
import typer

from sandbox.client import API_ROOT, Unreachable, send, sign_request
from sandbox.commands.options import DEFAULT, State
from sandbox.console import err, fail, out
from sandbox.state_dir import StateDir, StateError
from wire.signing import KeyFormatError

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def curl(
    method: Annotated[str, typer.Argument(help="GET, POST, PUT or DELETE.")],
    path: Annotated[str, typer.Argument(help="Relative to /trade-api/v2, with its query.")],
    data: Annotated[str | None, typer.Option("--data", "-d", metavar="BODY", help="JSON body.")] = None,
    account: Annotated[str | None, typer.Option(help="Whose key signs; the first account's by default.")] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what is signed and every header.")] = False,
    state: State = DEFAULT,
) -> None:
    """Sign a request, send it, print the answer. Exit code 1 when the answer is an error.

    Examples:

      mock-kalshi curl GET /portfolio/balance

      mock-kalshi curl GET '/markets?status=open&limit=5' -v

      mock-kalshi curl DELETE /portfolio/events/orders --account bob
    """
    folder = StateDir(state)
    method = method.upper()
    if method not in METHODS:
        fail(f"{method} is not a method; one of {', '.join(METHODS)}", 2)
    full = API_ROOT + "/" + path.removeprefix(API_ROOT).lstrip("/")
    try:
        run = folder.running()
        key = folder.key_of(account)
        signed = sign_request(key.key_id, folder.pem_path(key), method, full)
    except (StateError, OSError, KeyFormatError) as error:
        fail(str(error))
    if verbose:
        err.print(f"* signing as {key.account}: {signed.text}", markup=False)
        err.print(f"> {method} {full}", markup=False)
        for name, value in signed.headers.items():
            err.print(f"> {name}: {value}", markup=False)
    try:
        answer = send(run.root_url, method, full, signed.headers, data)
    except Unreachable as error:
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
    if answer.is_error:
        raise typer.Exit(1)
