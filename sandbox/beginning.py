"""What a venue began with, kept in its folder so that every later start knows it.

The scenario, the moment and the seed of the first start give the same commands again: which orders of the house
are still to come, and which markets there are, whatever scenario a later start is given.
"""

from pathlib import Path

import msgspec

from exchange.core.commands import CreateMarket, CreateOrder
from sandbox.scenario import commands, opening_orders
from sandbox.scenario_file import Scenario


class Beginning(msgspec.Struct, frozen=True):
    """A first start: `at_us` is when, `source` the scenario's file."""

    scenario: Scenario
    source: str
    seed: int
    at_us: int

    def opening_orders(self) -> dict[str, list[CreateOrder]]:
        """Ticker -> the house's orders, of every market that opens after the first start."""
        return opening_orders(self.scenario, self.at_us, self.seed)

    def example(self, now_us: int) -> str:
        """A market that is open at `now_us` as far as the scenario says, else any; "" when it has none."""
        markets = [command for command in commands(self.scenario, self.at_us) if isinstance(command, CreateMarket)]
        is_open = [market.ticker for market in markets if market.open_us <= now_us < market.close_us]
        return next(iter([*is_open, *(market.ticker for market in markets)]), "")


def store(beginning: Beginning, path: Path) -> None:
    path.write_bytes(msgspec.json.encode(beginning))


def stored(path: Path) -> Beginning | None:
    """What `store` wrote; None when there is nothing, or nothing this version can read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Beginning)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
