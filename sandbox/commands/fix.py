"""`mock-kalshi fix ...`: what a FIX engine needs before it can log on."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sandbox.console import fail, out

app = typer.Typer(no_args_is_help=True, help="What a FIX engine needs to know.")


@app.callback()
def fix() -> None:
    """What a FIX engine needs to know."""


@app.command()
def dictionary(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Write FIXT11.xml and FIX50SP2.xml there.", show_default=False),
    ] = None,
    transport: Annotated[
        bool, typer.Option("--transport", help="Print the transport's file and not the application's.")
    ] = False,
) -> None:
    """Print the venue's FIX dictionary as QuickFIX reads it, or write both files of it.

    Examples:

      mock-kalshi fix dictionary spec

      mock-kalshi fix dictionary --transport > FIXT11.xml
    """
    from wire.fix.quickfix_xml import application_dictionary, transport_dictionary

    if folder is None:
        sys.stdout.write(transport_dictionary() if transport else application_dictionary())
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in (("FIXT11.xml", transport_dictionary()), ("FIX50SP2.xml", application_dictionary())):
            (folder / name).write_text(text)
    except OSError as error:
        fail(f"{folder} cannot be written: {error}")
    out.print(f"{folder / 'FIXT11.xml'}  (TransportDataDictionary)", markup=False)
    out.print(f"{folder / 'FIX50SP2.xml'}  (AppDataDictionary)", markup=False)
