from collections import defaultdict

import msgspec
import pytest

from exchange.core.checks import check_invariants
from exchange.core.commands import (
    AdvanceTime,
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
from exchange.core.engine import Engine
from sandbox.maintenance import weekly_maintenance
from sandbox.scenario import DEMO, commands, load, opening_orders
from sandbox.scenario_checks import faults
from sandbox.scenario_file import ScenarioError, parse
from wire.accounts import account_of
from wire.engine_events import MarketSettled, OrderRejected, PriceRange
from wire.enums import BookSide, FeeType, MarketResult, MarketStatus, PauseScope

NOW_US = 1_800_000_000_000_000
MINUTE_US = 60_000_000

SMALL = """
name: small
house: {{name: house, member: 9, balance: 1000}}
accounts:
  - {{name: alice, member: 1, balance: "100.50"{account}}}
series:
  - ticker: KXS
    title: A series
    category: Tests
    frequency: daily
{series}
    events:
      - ticker: KXS-E
        title: An event
{event}
        markets:
          - ticker: KXS-E-M
            yes_sub_title: "Yes"
            no_sub_title: "No"
            rules_primary: It resolves.
            close: "+1h"
{market}
{rest}
"""


def small(account="", series="", event="", market="", rest=""):
    def indent(text, blanks):
        return "\n".join(" " * blanks + entry for entry in text.splitlines())

    return SMALL.format(
        account=account, series=indent(series, 4), event=indent(event, 8), market=indent(market, 12), rest=rest
    )


def built(kind, **parts):
    """The commands of one kind that a small scenario with these parts gives."""
    scenario = parse(small(**parts))
    assert faults(scenario) == []
    return [command for command in commands(scenario, NOW_US) if isinstance(command, kind)]


def fault(**parts):
    (found,) = faults(parse(small(**parts)))
    return found


# --- commands ---


def test_account_is_a_member_with_a_deposit():
    assert built(CreateMember)[-1] == CreateMember(1, "alice", True)
    assert built(Deposit)[-1] == Deposit(account_of(1), 100_500_000)


def test_subaccounts_are_created_in_order_and_funded():
    assert built(CreateSubaccount, account=', subaccounts: [5, "7.25"]') == [CreateSubaccount(1), CreateSubaccount(1)]
    deposits = built(Deposit, account=', subaccounts: [5, "7.25"]')
    assert deposits[-2:] == [Deposit(account_of(1, 1), 5_000_000), Deposit(account_of(1, 2), 7_250_000)]


def test_series_fees_are_read_without_floats():
    (series,) = built(CreateSeries, series="fee_type: quadratic_with_maker_fees\nfee_multiplier: 0.5")
    assert (series.fee_type, series.fee_multiplier) == (FeeType.QUADRATIC_WITH_MAKER_FEES, 5_000)


def test_fee_changes_are_scheduled():
    change = 'fee_changes: [{at: "+1h", fee_type: quadratic, fee_multiplier: 2}]'
    assert built(ScheduleSeriesFee, series=change) == [
        ScheduleSeriesFee("KXS", FeeType.QUADRATIC, 20_000, NOW_US + 60 * MINUTE_US)
    ]
    cleared = 'fee_changes: [{at: "+2h"}]'
    assert built(ScheduleEventFee, event=cleared) == [ScheduleEventFee("KXS-E", None, None, NOW_US + 120 * MINUTE_US)]


def test_mecnet_event_is_mutually_exclusive():
    (event,) = built(CreateEvent, event="collateral_return_type: MECNET")
    assert (event.mutually_exclusive, event.collateral_return_type) == (True, "MECNET")


def test_market_times_are_relative_to_the_start():
    (market,) = built(CreateMarket, market='open: "-5m"\nsettlement_timer: 30s')
    assert (market.open_us, market.close_us) == (NOW_US - 5 * MINUTE_US, NOW_US + 60 * MINUTE_US)
    assert market.settlement_timer_us == 30_000_000


def test_market_outcome_is_scheduled():
    (market,) = built(CreateMarket, market='market_type: scalar\noutcome: {at: "+61m", result: scalar, value: 0.37}')
    assert market.outcome == ScheduledOutcome(NOW_US + 61 * MINUTE_US, MarketResult.SCALAR, 370_000, "")


def test_price_ranges_are_read():
    (market,) = built(CreateMarket, market="price_ranges: [{start: 0, end: 1, step: 0.05}]")
    assert market.price_ranges == (PriceRange(0, 10_000, 500),)


def test_liquidity_is_house_orders_from_the_best_price_outward():
    orders = built(CreateOrder, market="liquidity: {bid: 0.40, ask: 0.45, step: 0.02, count: 10, levels: 2}")
    assert [(order.side, order.price, order.count) for order in orders] == [
        (BookSide.BID, 4000, 1000),
        (BookSide.ASK, 4500, 1000),
        (BookSide.BID, 3800, 1000),
        (BookSide.ASK, 4700, 1000),
    ]
    assert {order.account for order in orders} == {account_of(9)}


def test_pauses_are_scheduled():
    assert built(SchedulePause, rest='pauses: [{scope: trading, start: "+1h", end: "+2h"}]') == [
        SchedulePause(PauseScope.TRADING, NOW_US + 60 * MINUTE_US, NOW_US + 120 * MINUTE_US)
    ]


def test_weekly_maintenance_is_scheduled_for_a_year():
    assert built(SchedulePause, rest="weekly_maintenance: true") == list(weekly_maintenance(NOW_US))
    assert built(SchedulePause) == []


def test_market_that_opens_later_has_its_house_orders_apart():
    liquidity = 'open: "+5m"\nliquidity: {bid: 0.40, ask: 0.45, step: 0.02, count: 10, levels: 2}'
    assert built(CreateOrder, market=liquidity) == []
    later = opening_orders(parse(small(market=liquidity)), NOW_US)
    assert [(order.side, order.price) for order in later["KXS-E-M"]] == [
        (BookSide.BID, 4000),
        (BookSide.ASK, 4500),
        (BookSide.BID, 3800),
        (BookSide.ASK, 4700),
    ]


def test_every_house_order_has_a_name_of_its_own():
    orders = [command for command in commands(load(DEMO), NOW_US) if isinstance(command, CreateOrder)]
    assert len({order.client_order_id for order in orders}) == len(orders)


# --- faults ---


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"market": "tiker: X"}, "series[0].events[0].markets[0]: Object contains unknown field `tiker`"),
        ({"market": "open: [1]"}, "series[0].events[0].markets[0].open: Expected `str`, got `array`"),
        (
            {"series": "fee_type: free"},
            "series[0].fee_type: Invalid enum value 'free'; one of " + ", ".join(FeeType),
        ),
        (
            {"market": "market_type: odd"},
            "series[0].events[0].markets[0].market_type: Invalid enum value 'odd'; one of binary, scalar",
        ),
        (
            {"market": "outcome: {at: '+2h', result: yes}"},
            (
                "series[0].events[0].markets[0].outcome.result: Expected `str`, got `bool`; "
                "YAML reads yes without quotes as true: put quotes around yes"
            ),
        ),
    ],
)
def test_wrong_shape_names_the_field(parts, message):
    with pytest.raises(ScenarioError) as error:
        parse(small(**parts))
    assert error.value.faults == [message]


@pytest.mark.parametrize(
    ("parts", "where", "what"),
    [
        ({"market": 'open: "+2h"'}, "series[0].events[0].markets[0].close", "is not after open"),
        ({"market": "open: soon"}, "series[0].events[0].markets[0].open", "is not a time"),
        ({"market": "price_level_structure: cents"}, "markets[0].price_level_structure", "linear_cent"),
        ({"market": "outcome: {at: '+2h', result: scalar, value: 1}"}, "markets[0].outcome.result", "market_type"),
        ({"market": "outcome: {at: '+2h', result: 'yes', value: 1}"}, "markets[0].outcome.value", "no other"),
        ({"market": "outcome: {at: '-2h', result: 'yes'}"}, "markets[0].outcome.at", "has passed"),
        ({"market": "liquidity: {bid: 0.5, ask: 0.5, step: 0.01, count: 1}"}, "markets[0].liquidity", "below ask"),
        ({"market": "liquidity: {bid: 0.02, ask: 0.5, step: 0.01, count: 1}"}, "markets[0].liquidity", "price grid"),
        ({"market": "liquidity: {bid: 0.405, ask: 0.5, step: 0.01, count: 1}"}, "liquidity.bid", "0.405 is not on the"),
        ({"market": "liquidity: {bid: 0.4, ask: 0.505, step: 0.01, count: 1}"}, "liquidity.ask", "price grid"),
        ({"market": "liquidity: {bid: 0.4, ask: 0.5, step: 0.01, count: 1000}"}, "house.balance", "takes 2640.0000"),
        ({"account": ", subaccounts: [-5]"}, "accounts[0].subaccounts[0]", "negative"),
        ({"market": "liquidity: {bid: x, ask: 0.5, step: 0.01, count: 1}"}, "liquidity.bid", "not a decimal"),
        ({"series": 'fee_multiplier: "-1"'}, "series[0].fee_multiplier", "negative"),
        ({"event": "fee_changes: [{at: '+1h', fee_type: quadratic}]"}, "events[0].fee_changes[0]", "together"),
        ({"rest": "pauses: [{scope: trading, start: '+2h', end: '+1h'}]"}, "pauses[0]", "ends after it starts"),
    ],
)  # fmt: skip
def test_wrong_value_names_the_field_and_what_would_be_right(parts, where, what):
    found = fault(**parts)
    assert where in found.partition(": ")[0]
    assert what in found


@pytest.mark.parametrize(("balance", "where"), [("1000", "house.balance"), ('"100.50"', "accounts[0].balance")])
def test_member_without_money_is_a_fault(balance, where):
    scenario = parse(small().replace(f"balance: {balance}", "balance: 0"))
    assert faults(scenario) == [f"{where}: 0 is not positive; whoever trades needs money"]


def test_member_number_used_twice_names_both():
    scenario = parse(small().replace("member: 9", "member: 1"))
    assert faults(scenario) == ["house.member: 1 is already accounts[0]; give every member its own number"]


def test_ticker_used_twice_names_both():
    scenario = parse(small().replace("ticker: KXS-E-M", "ticker: KXS-E"))
    (found,) = faults(scenario)
    assert found.startswith("series[0].events[0].markets[0].ticker: KXS-E is already series[0].events[0]")


def test_all_faults_are_found_at_once(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(small(series="fee_multiplier: x", market="open: soon"))
    with pytest.raises(ScenarioError) as error:
        load(path)
    assert len(error.value.faults) == 2
    assert error.value.source == str(path)


def test_liquidity_without_a_house_is_a_fault():
    text = small(market="liquidity: {bid: 0.40, ask: 0.45, step: 0.01, count: 10}")
    scenario = parse(text.replace("house: {name: house, member: 9, balance: 1000}", ""))
    (found,) = faults(scenario)
    assert "house" in found


def test_text_that_is_not_yaml_says_where():
    with pytest.raises(ScenarioError, match="line 1"):
        parse("name: [")


def test_missing_file_says_so(tmp_path):
    with pytest.raises(ScenarioError, match="cannot be read"):
        load(tmp_path / "nowhere.yaml")


# --- the demo ---


@pytest.fixture(scope="module")
def demo():
    """The engine after the demo scenario's commands, and the commands."""
    engine = Engine()
    sent = list(commands(load(DEMO), NOW_US))
    for seq, command in enumerate(sent, 1):
        events = engine.apply(command, seq, NOW_US)
        assert not any(isinstance(event, OrderRejected) for event in events), (command, events)
    return engine, sent


def test_demo_has_twelve_markets_over_five_series(demo):
    state = demo[0].state
    assert len(state.markets) >= 12
    assert len(state.series) >= 5


def test_demo_covers_the_price_grids(demo):
    labels = {market.price_level_structure for market in demo[0].state.markets.values()}
    assert {"linear_cent", "deci_cent", "tapered_deci_cent", "center_deci_edge_centi_cent"} <= labels


def test_demo_has_a_mutually_exclusive_event_of_three_markets(demo):
    sizes = defaultdict(int)
    for market in demo[0].state.markets.values():
        if market.event.mutually_exclusive:
            sizes[market.event.event_ticker] += 1
    assert max(sizes.values()) >= 3


def test_every_open_demo_market_has_orders_on_both_sides(demo):
    for market in demo[0].state.markets.values():
        if market.status is MarketStatus.ACTIVE:
            assert market.book.yes.occupied, market.ticker
            assert market.book.no.occupied, market.ticker


def test_demo_keeps_every_invariant(demo):
    assert check_invariants(demo[0].state) == []


def test_demo_is_deterministic():
    first, second = (list(commands(load(DEMO), NOW_US)) for _ in range(2))
    assert msgspec.msgpack.encode(first) == msgspec.msgpack.encode(second)


def test_demo_markets_settle_within_minutes():
    engine = Engine()
    seq = 0
    for seq, command in enumerate(commands(load(DEMO), NOW_US), 1):
        engine.apply(command, seq, NOW_US)
    events = engine.apply(AdvanceTime(), seq + 1, NOW_US + 12 * MINUTE_US)
    settled = {event.ticker: event.result for event in events if isinstance(event, MarketSettled)}
    assert set(settled.values()) == {MarketResult.YES, MarketResult.NO, MarketResult.SCALAR}
    assert check_invariants(engine.state) == []


def test_demo_has_two_funded_trading_accounts():
    funded = [account for account in load(DEMO).accounts if account.keys]
    assert len(funded) >= 2
