"""What makes a scenario of the right shape still wrong: names used twice, prices off the grid, times in disorder.

Each fault is a line "where: what is wrong; what would be right". All faults are found, not only the first.
"""

import re
from collections.abc import Callable

from exchange.core.price_grid import STRUCTURES, grid_of
from sandbox.moments import parse_duration, parse_moment
from sandbox.scenario_file import Account, Event, FeeChange, Liquidity, Market, Outcome, Scenario, Series
from wire.accounts import MAX_SUBACCOUNT
from wire.engine_events import PriceRange
from wire.enums import MarketResult
from wire.units import PAYOUT, format_money4, parse_count, parse_fixed, parse_money, parse_price

_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.-]*")

ANY_NOW_US = 1_800_000_000_000_000
"""Relative times are compared with one another as if the venue started here."""


def faults(scenario: Scenario) -> list[str]:
    """Everything that is wrong, in the order of the file; empty when nothing is."""
    return _Checks(scenario).found


class _Checks:
    """One walk through a scenario, gathering faults."""

    def __init__(self, scenario: Scenario) -> None:
        self.found: list[str] = []
        self._tickers: dict[str, str] = {}
        self._house = scenario.house is not None
        self._needed = 0
        """What the house's orders in markets that are open at the start hold, as Money; fees come on top."""
        self._accounts(scenario)
        for index, series in enumerate(scenario.series):
            self._series(f"series[{index}]", series)
        if scenario.house is not None and not self.found and self._needed > parse_money(scenario.house.balance):
            self._fault(
                "house.balance",
                f"{scenario.house.balance} is too little: the liquidity of the markets that are open at the start "
                f"takes {format_money4(self._needed)}, and fees; give the house more, or less liquidity",
            )
        for index, pause in enumerate(scenario.pauses):
            where = f"pauses[{index}]"
            start, end = self._moment(f"{where}.start", pause.start), self._moment(f"{where}.end", pause.end)
            if start is not None and end is not None and not ANY_NOW_US < start < end:
                self._fault(where, "a pause starts in the future and ends after it starts")

    # --- parts of the file ---

    def _accounts(self, scenario: Scenario) -> None:
        members: dict[int, str] = {}
        names: dict[str, str] = {}
        entries: list[tuple[str, str, int]] = [
            (f"accounts[{index}]", account.name, account.member) for index, account in enumerate(scenario.accounts)
        ]
        if scenario.house is not None:
            entries.append(("house", scenario.house.name, scenario.house.member))
            self._read("house.balance", scenario.house.balance, _funds)
        if not scenario.accounts:
            self._fault("accounts", "is empty; a venue without a funded member is of no use")
        for where, name, member in entries:
            if member < 1:
                self._fault(f"{where}.member", f"{member} is not positive; members are numbered from 1")
            if member in members:
                self._fault(
                    f"{where}.member", f"{member} is already {members[member]}; give every member its own number"
                )
            if name in names or not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
                self._fault(f"{where}.name", f"{name!r} must be unique and made of a-z, 0-9, - and _")
            members[member] = names[name] = where
        for index, account in enumerate(scenario.accounts):
            self._account(f"accounts[{index}]", account)

    def _account(self, where: str, account: Account) -> None:
        self._read(f"{where}.balance", account.balance, _funds)
        for number, balance in enumerate(account.subaccounts):
            self._read(f"{where}.subaccounts[{number}]", balance, _not_negative)
        if len(account.subaccounts) > MAX_SUBACCOUNT:
            self._fault(f"{where}.subaccounts", f"{len(account.subaccounts)} are too many; there are {MAX_SUBACCOUNT}")
        if account.keys < 0:
            self._fault(f"{where}.keys", "must not be negative")

    def _series(self, where: str, series: Series) -> None:
        self._ticker(where, series.ticker)
        self._read(f"{where}.fee_multiplier", series.fee_multiplier, _multiplier)
        for index, change in enumerate(series.fee_changes):
            self._fee_change(f"{where}.fee_changes[{index}]", change)
            if change.fee_type is None:
                self._fault(
                    f"{where}.fee_changes[{index}]", "a series always has fees; give fee_type and fee_multiplier"
                )
        for index, event in enumerate(series.events):
            self._event(f"{where}.events[{index}]", event)

    def _event(self, where: str, event: Event) -> None:
        self._ticker(where, event.ticker)
        if event.strike_date is not None:
            self._moment(f"{where}.strike_date", event.strike_date)
        if not event.markets:
            self._fault(f"{where}.markets", "is empty; an event has at least one market")
        winners = [m.ticker for m in event.markets if m.outcome is not None and m.outcome.result is MarketResult.YES]
        if event.mutually_exclusive and len(winners) > 1:
            self._fault(
                f"{where}.markets", f"at most one market of the event can resolve to yes, not {', '.join(winners)}"
            )
        for index, change in enumerate(event.fee_changes):
            self._fee_change(f"{where}.fee_changes[{index}]", change)
        for index, market in enumerate(event.markets):
            self._market(f"{where}.markets[{index}]", market)

    def _market(self, where: str, market: Market) -> None:
        self._ticker(where, market.ticker)
        opens, closes = self._moment(f"{where}.open", market.open), self._moment(f"{where}.close", market.close)
        if opens is not None and closes is not None and closes <= opens:
            self._fault(f"{where}.close", f"{market.close} is not after open {market.open}")
        if closes is not None and closes <= ANY_NOW_US and market.close[:1] in "+-n":
            self._fault(
                f"{where}.close", f"{market.close} has passed when the venue starts; markets close in the future"
            )
        for name, text in (
            ("expected_expiration", market.expected_expiration),
            ("latest_expiration", market.latest_expiration),
            ("fee_waiver_until", market.fee_waiver_until),
        ):
            if text is not None:
                self._moment(f"{where}.{name}", text)
        for name, text in (("floor_strike", market.floor_strike), ("cap_strike", market.cap_strike)):
            if text is not None:
                self._read(f"{where}.{name}", text, _decimal)
        self._read(f"{where}.settlement_timer", market.settlement_timer, parse_duration)
        if market.settlement_floor is not None:
            self._read(f"{where}.settlement_floor", market.settlement_floor, parse_price)
        if market.outcome is not None:
            self._outcome(f"{where}.outcome", market, market.outcome)
        legal = self._grid(where, market)
        if market.liquidity is not None and legal is not None:
            opens_at_start = opens is not None and opens <= ANY_NOW_US
            self._liquidity(f"{where}.liquidity", market, market.liquidity, legal, opens_at_start)

    def _outcome(self, where: str, market: Market, outcome: Outcome) -> None:
        at = self._moment(f"{where}.at", outcome.at)
        if at is not None and at <= ANY_NOW_US and outcome.at[:1] in "+-n":
            self._fault(f"{where}.at", f"{outcome.at} has passed when the venue starts")
        if (outcome.result is MarketResult.SCALAR) != (outcome.value is not None):
            self._fault(f"{where}.value", "is given for a scalar result and for no other")
        if outcome.value is not None:
            value = self._read(f"{where}.value", outcome.value, parse_price)
            if value is not None and not 0 <= value <= PAYOUT:
                self._fault(f"{where}.value", f"{outcome.value} is not between 0 and 1 dollar")
        if outcome.result is MarketResult.SCALAR and market.market_type != "scalar":
            self._fault(f"{where}.result", "a binary market ends yes or no; say market_type: scalar")

    def _grid(self, where: str, market: Market) -> bytes | None:
        """Which prices are legal, None when the grid itself is wrong."""
        ranges: list[PriceRange] = []
        for index, band in enumerate(market.price_ranges):
            numbers = [
                self._read(f"{where}.price_ranges[{index}].{name}", text, parse_price)
                for name, text in (("start", band.start), ("end", band.end), ("step", band.step))
            ]
            if any(number is None for number in numbers):
                return None
            ranges.append(PriceRange(*(number or 0 for number in numbers)))
        try:
            return grid_of(market.price_level_structure, tuple(ranges)).legal
        except ValueError as error:
            known = ", ".join(STRUCTURES)
            self._fault(f"{where}.price_level_structure", f"{error}; known structures: {known}")
            return None

    def _liquidity(self, where: str, market: Market, liquidity: Liquidity, legal: bytes, opens_at_start: bool) -> None:
        if not self._house:
            self._fault(where, "needs a `house` at the top of the file, whose orders these are")
        bid = self._read(f"{where}.bid", liquidity.bid, parse_price)
        ask = self._read(f"{where}.ask", liquidity.ask, parse_price)
        step = self._read(f"{where}.step", liquidity.step, parse_price)
        count = self._read(f"{where}.count", liquidity.count, parse_count)
        if count is not None and count <= 0:
            self._fault(f"{where}.count", f"{liquidity.count} is not positive")
        if liquidity.levels < 1:
            self._fault(f"{where}.levels", "is at least 1")
        if bid is None or ask is None or step is None:
            return
        if bid >= ask:
            self._fault(where, f"bid {liquidity.bid} must be below ask {liquidity.ask}")
        for name, text, price in (("bid", liquidity.bid, bid), ("ask", liquidity.ask, ask)):
            if not (0 < price < PAYOUT and legal[price]):
                self._fault(
                    f"{where}.{name}",
                    f"{text} is not on the price grid of {market.price_level_structure or 'the given ranges'}",
                )
                return
        prices = [price for level in range(liquidity.levels) for price in (bid - level * step, ask + level * step)]
        off = [price for price in prices if not (0 < price < PAYOUT and legal[price])]
        if off:
            self._fault(
                where,
                f"{liquidity.levels} levels in steps of {liquidity.step} leave the price grid of "
                f"{market.price_level_structure or 'the given ranges'}; choose fewer levels or a legal step",
            )
        if count is not None and opens_at_start:
            self._needed += sum(
                count * (bid - level * step + PAYOUT - ask - level * step) for level in range(liquidity.levels)
            )

    def _fee_change(self, where: str, change: FeeChange) -> None:
        self._moment(f"{where}.at", change.at)
        if (change.fee_type is None) != (change.fee_multiplier is None):
            self._fault(where, "give fee_type and fee_multiplier together, or neither")
        if change.fee_multiplier is not None:
            self._read(f"{where}.fee_multiplier", change.fee_multiplier, _multiplier)

    # --- single values ---

    def _ticker(self, where: str, ticker: str) -> None:
        if not _TICKER.fullmatch(ticker):
            self._fault(f"{where}.ticker", f"{ticker!r} is not a ticker; use A-Z, 0-9, - and .")
        if ticker in self._tickers:
            self._fault(f"{where}.ticker", f"{ticker} is already {self._tickers[ticker]}; tickers are unique")
        self._tickers[ticker] = where

    def _moment(self, where: str, text: str) -> int | None:
        return self._read(where, text, lambda given: parse_moment(given, ANY_NOW_US))

    def _read(self, where: str, text: str, reader: Callable[[str], int]) -> int | None:
        try:
            return reader(text)
        except ValueError as error:
            self._fault(where, str(error))
            return None

    def _fault(self, where: str, what: str) -> None:
        self.found.append(f"{where}: {what}")


def _funds(text: str) -> int:
    value = parse_money(text)
    if value <= 0:
        raise ValueError(f"{text} is not positive; whoever trades needs money")
    return value


def _not_negative(text: str) -> int:
    value = parse_money(text)
    if value < 0:
        raise ValueError(f"{text} is negative")
    return value


def _multiplier(text: str) -> int:
    value = parse_fixed(text, 4)
    if value < 0:
        raise ValueError(f"{text!r} must not be negative")
    return value


def _decimal(text: str) -> int:
    if not re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", text):
        raise ValueError(f"{text!r} is not a plain number")
    return parse_fixed(text, 9)
