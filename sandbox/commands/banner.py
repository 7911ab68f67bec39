"""What `mock-kalshi up` says when the venue is there: that it is not Kalshi, where it is, and how to begin."""

import shlex
import shutil
import sys
from pathlib import Path

from rich.panel import Panel

from sandbox.console import out, print_rows
from sandbox.launch import Launch
from sandbox.readers import CROWD_ACCOUNTS, READERS
from sandbox.scenario import DEMO
from sandbox.snippets import snippets, state_option
from sandbox.state_dir import RunInfo
from wire.units import format_money4


def announce(launch: Launch, run_info: RunInfo) -> None:
    """The banner: that this is not Kalshi, where it is, with whose keys, and how to begin."""
    state = launch.state
    out.print(
        Panel.fit(
            "[bold]mock-kalshi: a simulator, not Kalshi.[/] No real money, no real markets.", border_style="yellow"
        )
    )
    print_rows(
        [
            ("REST", run_info.base_url),
            ("WebSocket", run_info.ws_url),
            *_fix_row(run_info),
            ("reference", f"{run_info.root_url}/docs"),
            *_reader_rows(run_info),
            *([("Kafka", run_info.kafka)] if run_info.kafka else []),
            ("state", str(state.path)),
            ("", f"{_how_it_began(launch, run_info)}; durability {run_info.durability}, api {run_info.api}"),
        ]
    )
    keys = [key for key in state.known_keys() if not key.account.startswith(CROWD_ACCOUNTS)]
    out.print()
    print_rows(
        [
            ("account", "funds", "API key id", "private key"),
            *(
                (key.account, f"${format_money4(run_info.funds.get(key.member, 0))}", key.key_id, pem)
                for key in keys
                for pem in [str(state.pem_path(key))]
            ),
        ]
    )
    for warning in run_info.interrupted:
        out.print("\n[bold yellow]warning:[/] ", end="")
        out.print(warning, markup=False)
    for key in keys[:1]:
        for client, code in snippets(run_info, state, key, run_info.example or "TICKER").items():
            out.print(f"\n[bold]{client}[/]")
            out.print(code, markup=False)
    if shutil.which("mock-kalshi") is None:
        folder = shlex.quote(str(Path(sys.executable).parent))
        out.print("\n[bold]the command[/] is not on this PATH yet; in the terminal that you copy to:")
        out.print(f'export PATH={folder}:"$PATH"', markup=False)
    option = state_option(state)
    out.print(f"\nstop: Ctrl-C or `mock-kalshi down{option}`    facts: `mock-kalshi status{option}`", markup=False)


def _reader_rows(run_info: RunInfo) -> list[tuple[str, str]]:
    urls = run_info.readers
    return [(reader.title, urls[reader.name] + reader.page) for reader in reversed(READERS) if reader.name in urls]


def _fix_row(run_info: RunInfo) -> list[tuple[str, str]]:
    ports = ", ".join(f"{kind} {port}" for kind, port in run_info.fix_ports.items())
    if not ports:
        return []
    rows = [("FIX", f"{run_info.reachable_host}: {ports}")]
    return [*rows, ("FIX in TLS", f"trust {run_info.fix_ca}")] if run_info.fix_ca else rows


def _how_it_began(launch: Launch, run_info: RunInfo) -> str:
    """Scenario or recovery, and what of the command line did not count."""
    if run_info.began_again:
        return f"scenario {launch.scenario.name}, anew: the first start had died before the venue answered anybody"
    if run_info.is_new:
        return f"scenario {launch.scenario.name}"
    ignored = ""
    if launch.scenario_path != DEMO.resolve() and str(launch.scenario_path) != run_info.scenario:
        ignored = f"; it began with {run_info.scenario}, so {launch.scenario_path} was not used"
    return f"recovered, {run_info.replayed:,} records replayed{ignored}"
