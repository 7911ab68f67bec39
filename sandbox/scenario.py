"""A scenario as the commands that build it.

Knows the order in which a venue is built: members, money, catalogue, fees, pauses, house orders. The file's
shape is in scenario_file.py, its checks in scenario_checks.py, its documentation in docs/scenarios.md.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from exchange.core.commands import (
    AnyCommand,
    CreateEvent,
    CreateMarket,
    CreateMember,
    CreateOrder,
    CreateSeries,
    CreateSubaccount,
    Deposit,
    ScheduledOutcome,
    ScheduleEventFee,
    SchedulePause,
    ScheduleSeriesFee,
)
from sandbox.maintenance import weekly_maintenance
from sandbox.moments import parse_duration, parse_moment
from sandbox.scenario_checks import faults
from sandbox.scenario_file import Event, House, Market, Scenario, ScenarioError, Series, Source, read
from wire.accounts import account_of
from wire.engine_events import PriceRange
from wire.enums import BookSide, SelfTradePrevention, TimeInForce
from wire.rest.common import timestamp
from wire.rest.events import EventDetails
from wire.rest.markets import MarketDetails
from wire.rest.series import SeriesDetails, SettlementSource
from wire.units import parse_count, parse_fixed, parse_money, parse_price

DEMO = Path(__file__).parent / "scenarios" / "demo.yaml"
"""The scenario of a plain `mock-kalshi up`."""


def built_in(path: Path) -> Path:
    """The file of a scenario that comes along, when `path` is the name of one and no file is called so."""
    if len(path.parts) != 1 or path.is_file():
        return path
    ours = DEMO.with_name(f"{path}.yaml")
    return ours if ours.is_file() else path


WEEK_US = 7 * 86_400_000_000


def load(path: Path) -> Scenario:
    """A scenario that can be built. Raises ScenarioError with every fault found."""
    scenario = read(path)
    found = faults(scenario)
    if found:
        raise ScenarioError(str(path), found)
    return scenario


def commands(scenario: Scenario, now_us: int, seed: int = 0) -> Iterator[AnyCommand]:
    """What an empty venue must be told at `now_us` to become the scenario.

    A `seed` other than 0 varies the size of each house order between half and one and a half of what the file
    says, the same for the same seed.
    """
    if scenario.house is not None:
        yield CreateMember(scenario.house.member, scenario.house.name)
        yield Deposit(account_of(scenario.house.member), parse_money(scenario.house.balance))
    for account in scenario.accounts:
        yield CreateMember(account.member, account.name, account.direct)
        for subaccount, balance in enumerate((account.balance, *account.subaccounts)):
            if subaccount:
                yield CreateSubaccount(account.member)
            if amount := parse_money(balance):
                yield Deposit(account_of(account.member, subaccount), amount)
    for series in scenario.series:
        yield from _series(series, now_us)
    for pause in scenario.pauses:
        yield SchedulePause(pause.scope, parse_moment(pause.start, now_us), parse_moment(pause.end, now_us))
    if scenario.weekly_maintenance:
        yield from weekly_maintenance(now_us)
    for market in _markets(scenario):
        if parse_moment(market.open, now_us) <= now_us:
            yield from _liquidity(scenario.house, market, seed)


def opening_orders(scenario: Scenario, now_us: int, seed: int = 0) -> dict[str, list[CreateOrder]]:
    """Ticker -> the house's orders, of every market that opens later than `now_us`, in the order of the file."""
    later = [market for market in _markets(scenario) if parse_moment(market.open, now_us) > now_us]
    return {market.ticker: orders for market in later if (orders := [*_liquidity(scenario.house, market, seed)])}


def _markets(scenario: Scenario) -> Iterator[Market]:
    return (market for series in scenario.series for event in series.events for market in event.markets)


def _series(series: Series, now_us: int) -> Iterator[AnyCommand]:
    details = SeriesDetails(
        title=series.title,
        frequency=series.frequency,
        category=series.category,
        categories=tuple(series.categories) or None,
        tags=tuple(series.tags),
        settlement_sources=_sources(series.settlement_sources),
        contract_url=series.contract_url,
        contract_terms_url=series.contract_terms_url,
        additional_prohibitions=tuple(series.additional_prohibitions),
    )
    multiplier = parse_fixed(series.fee_multiplier, 4)
    yield CreateSeries(series.ticker, series.fee_type, multiplier, msgspec.json.encode(details))
    for change in series.fee_changes:
        assert change.fee_type is not None, "checked"
        assert change.fee_multiplier is not None, "checked"
        at_us = parse_moment(change.at, now_us)
        yield ScheduleSeriesFee(series.ticker, change.fee_type, parse_fixed(change.fee_multiplier, 4), at_us)
    for event in series.events:
        yield _event(series.ticker, event, now_us)
        for change in event.fee_changes:
            fee_multiplier = None if change.fee_multiplier is None else parse_fixed(change.fee_multiplier, 4)
            yield ScheduleEventFee(event.ticker, change.fee_type, fee_multiplier, parse_moment(change.at, now_us))
        for market in event.markets:
            yield _market(event, market, now_us)


def _event(series_ticker: str, event: Event, now_us: int) -> CreateEvent:
    details = EventDetails(
        title=event.title,
        sub_title=event.sub_title,
        strike_date=None if event.strike_date is None else timestamp(parse_moment(event.strike_date, now_us)),
        strike_period=event.strike_period or None,
        settlement_sources=_sources(event.settlement_sources) or None,
    )
    return CreateEvent(
        event.ticker,
        series_ticker,
        event.mutually_exclusive,
        event.collateral_return_type,
        msgspec.json.encode(details),
    )


def _sources(sources: list[Source]) -> tuple[SettlementSource, ...]:
    return tuple(SettlementSource(name=source.name, url=source.url) for source in sources)


def _market(event: Event, market: Market, now_us: int) -> CreateMarket:
    close_us = parse_moment(market.close, now_us)
    timer_us = parse_duration(market.settlement_timer)
    outcome = market.outcome
    return CreateMarket(
        ticker=market.ticker,
        event_ticker=event.ticker,
        open_us=parse_moment(market.open, now_us),
        close_us=close_us,
        settlement_timer_us=timer_us,
        price_level_structure=market.price_level_structure,
        price_ranges=tuple(
            PriceRange(parse_price(band.start), parse_price(band.end), parse_price(band.step))
            for band in market.price_ranges
        ),
        details=msgspec.json.encode(_market_details(event, market, close_us, now_us)),
        outcome=None
        if outcome is None
        else ScheduledOutcome(
            parse_moment(outcome.at, now_us),
            outcome.result,
            0 if outcome.value is None else parse_money(outcome.value),
            outcome.expiration_value,
        ),
        fee_waiver_us=0 if market.fee_waiver_until is None else parse_moment(market.fee_waiver_until, now_us),
        settlement_floor=0 if market.settlement_floor is None else parse_price(market.settlement_floor),
    )


def _market_details(event: Event, market: Market, close_us: int, now_us: int) -> MarketDetails:
    """The descriptive fields of OAS:Market; what the engine knows itself is not among them."""
    expected_us = parse_moment(market.expected_expiration, now_us) if market.expected_expiration else close_us
    latest_us = parse_moment(market.latest_expiration, now_us) if market.latest_expiration else expected_us + WEEK_US
    return MarketDetails(
        market_type=market.market_type,
        title=market.title or event.title,
        yes_sub_title=market.yes_sub_title,
        no_sub_title=market.no_sub_title,
        expected_expiration_time=timestamp(expected_us),
        expiration_time=timestamp(latest_us),
        latest_expiration_time=timestamp(latest_us),
        can_close_early=market.can_close_early,
        early_close_condition=market.early_close_condition,
        strike_type=market.strike_type,
        floor_strike=_number(market.floor_strike),
        cap_strike=_number(market.cap_strike),
        custom_strike=market.custom_strike,
        rules_primary=market.rules_primary,
        rules_secondary=market.rules_secondary,
    )


def _number(text: str | None) -> int | float | None:
    """A strike is a JSON number in the contract; nothing is ever computed with it."""
    return None if text is None else msgspec.json.decode(text, type=int | float)


def _liquidity(house: House | None, market: Market, seed: int) -> Iterator[CreateOrder]:
    """The house's orders, best prices first, bid before ask.

    A client_order_id is taken once and for ever, so the same orders sent again after a restart are refused.
    """
    liquidity = market.liquidity
    if house is None or liquidity is None:
        return
    bid, ask, step = parse_price(liquidity.bid), parse_price(liquidity.ask), parse_price(liquidity.step)
    for level in range(liquidity.levels):
        for side, price in ((BookSide.BID, bid - level * step), (BookSide.ASK, ask + level * step)):
            yield CreateOrder(
                account=account_of(house.member),
                ticker=market.ticker,
                side=side,
                price=price,
                count=_sized(parse_count(liquidity.count), seed, f"{market.ticker} {side} {level}"),
                time_in_force=TimeInForce.GOOD_TILL_CANCELED,
                self_trade_prevention=SelfTradePrevention.TAKER_AT_CROSS,
                client_order_id=f"{market.ticker}-{side}-{level}",
            )


def _sized(count: int, seed: int, name: str) -> int:
    """`count`, or for a seed something between half and one and a half of it, in whole hundredths."""
    return count if not seed else max(1, count * (50 + zlib.crc32(f"{seed} {name}".encode()) % 101) // 100)
