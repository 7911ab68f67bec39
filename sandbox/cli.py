"""The `mock-kalshi` command."""

import typer

from sandbox.commands import chaos, clock, fix, keys, operate, snapshot, tape
from sandbox.commands.curl import curl
from sandbox.commands.down import down
from sandbox.commands.record import record
from sandbox.commands.replay import replay
from sandbox.commands.report import report
from sandbox.commands.reset import reset
from sandbox.commands.status import status
from sandbox.commands.up import up
from sandbox.commands.verify import verify

app = typer.Typer(
    name="mock-kalshi",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="A Kalshi-compatible exchange on your laptop. A simulator, not Kalshi.",
)
app.command()(up)
app.command()(down)
app.command()(status)
app.command(context_settings={"allow_interspersed_args": True})(curl)
app.add_typer(keys.app, name="keys")
app.add_typer(fix.app, name="fix")
app.add_typer(clock.app, name="time")
for verb in (operate.pause, operate.resume, operate.close, operate.settle, operate.fund):
    app.command()(verb)
app.add_typer(operate.market, name="market")
app.add_typer(operate.account, name="account")
app.add_typer(chaos.app, name="chaos")
app.add_typer(snapshot.app, name="snapshot")
app.add_typer(tape.app, name="tape")
app.command("auth-failures")(operate.auth_failures)
app.command()(reset)
app.command()(verify)
app.command()(record)
app.command()(replay)
app.command()(report)


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
