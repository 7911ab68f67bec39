"""`mock-kalshi keys`: the API keys whose private halves are in the venue's folder."""

import json
from typing import Annotated, get_args

import msgspec
import typer

from sandbox.client import API_ROOT, Unreachable, send, sign_request
from sandbox.commands.options import DEFAULT, Out, State
from sandbox.console import Output, fail, print_json, print_rows
from sandbox.state_dir import KeyFile, StateDir, StateError
from wire.rest.api_keys import KeyType, Scope
from wire.signing import KeyFormatError

app = typer.Typer(no_args_is_help=True, help="List API keys, make new ones.")


SCOPES: tuple[str, ...] = get_args(Scope)


class _Made(msgspec.Struct):
    """The answer of POST /api_keys/generate."""

    api_key_id: str
    private_key: str


@app.command("list")
def list_keys(state: State = DEFAULT, output: Out = Output.TABLE) -> None:
    """Print accounts, key ids and key files; the venue need not be running.

    Example:

      mock-kalshi keys list -o json
    """
    folder = StateDir(state)
    _show(folder, folder.known_keys(), output)


@app.command("new")
def new(
    account: Annotated[str | None, typer.Option(help="Whose key; the first account's by default.")] = None,
    name: Annotated[str, typer.Option(help="What the key is called.")] = "mock-kalshi",
    key_type: Annotated[KeyType, typer.Option("--type", help="Kind of key.")] = "rsa",
    scope: Annotated[
        list[str] | None,
        typer.Option(metavar="SCOPE", help=f"May be repeated; read and write by default. One of {', '.join(SCOPES)}."),
    ] = None,
    subaccount: Annotated[int | None, typer.Option(min=0, max=63, help="Restrict the key to one.")] = None,
    state: State = DEFAULT,
    output: Out = Output.TABLE,
) -> None:
    """Have the running venue make a key, and store its private half in the venue's folder.

    Examples:

      mock-kalshi keys new --account bob

      mock-kalshi keys new --type ed25519 --scope read
    """
    for given in scope or ():
        if given not in SCOPES:
            fail(f"--scope {given} is no scope; one of {', '.join(SCOPES)}", 2)
    folder = StateDir(state)
    path = f"{API_ROOT}/api_keys/generate"
    body: dict[str, object] = {"name": name, "key_type": key_type}
    if scope:
        body["scopes"] = scope
    if subaccount is not None:
        body["subaccount"] = subaccount
    try:
        run = folder.running()
        signer = folder.key_of(account)
        signed = sign_request(signer.key_id, folder.pem_path(signer), "POST", path)
        answer = send(run.root_url, "POST", path, signed.headers, json.dumps(body))
    except (StateError, Unreachable, OSError, KeyFormatError) as error:
        fail(str(error))
    if answer.is_error:
        fail(f"the venue answered {answer.status}: {answer.body.decode(errors='replace')}")
    made = msgspec.json.decode(answer.body, type=_Made)
    key = folder.add_key(
        signer.account, signer.member, made.api_key_id, made.private_key, key_type, scope or ("read", "write")
    )
    _show(folder, [key], output)


def _show(folder: StateDir, keys: list[KeyFile], output: Output) -> None:
    if output is Output.JSON:
        print_json(
            [
                {
                    "account": key.account,
                    "member": key.member,
                    "key_id": key.key_id,
                    "type": key.key_type,
                    "scopes": key.scopes,
                    "pem": str(folder.pem_path(key)),
                }
                for key in keys
            ]
        )
        return
    rows = [
        (key.account, str(key.member), key.key_id, key.key_type, " ".join(key.scopes), str(folder.pem_path(key)))
        for key in keys
    ]
    print_rows([("account", "member", "API key id", "type", "scopes", "private key"), *rows])
