"""The historical tier: what ended before the cutoff is here, and only here (SEMANTICS D6)."""

import pytest

from exchange.adapters.history import Database, HistoryWriter, SqlHistoryReader
from exchange.core import commands as c
from tests.unit.exchange.no_history import NoHistory
from tests.unit.exchange.private_venue import EVENT, OTHER, START_US, TICKER, PrivateVenue, uuid
from wire import candles
from wire.candles import DAY, MINUTE
from wire.enums import MarketResult, TimeInForce
from wire.rest.common import timestamp
from wire.units import MICROS

IOC = TimeInForce.IMMEDIATE_OR_CANCEL
LIVE_DAYS = 90


def pass_days(venue, days):
    venue.clock.us += days * DAY * MICROS


@pytest.fixture
def venue():
    """Trades and orders of two times, 60 days apart, 50 days ago: the first ones are archived."""
    venue = PrivateVenue()
    venue.trade("0.40", "10")
    venue.order(1, "bid", "0.10", "5")
    venue.order(1, "bid", "0.20", "1", time_in_force=IOC)
    pass_days(venue, 60)
    venue.do(c.AdvanceTime())
    add_market(venue, "KXTEST-27", "KXTEST-27-A")
    venue.trade("0.60", "3", "KXTEST-27-A")
    venue.order(1, "bid", "0.30", "1", "KXTEST-27-A", time_in_force=IOC)
    pass_days(venue, 50)
    return venue


def add_market(venue, event, ticker):
    now = venue.clock.us
    venue.do(
        c.CreateEvent(event, "KXTEST", False, "", b"{}"),
        c.CreateMarket(ticker, event, now, now + 400 * DAY * MICROS, 0, "linear_cent", (), b"{}"),
        c.AdvanceTime(),
    )


async def test_the_cutoff_is_the_live_window_before_now(venue):
    body = await venue.get("/historical/cutoff")
    assert set(body.values()) == {timestamp(venue.clock.us - LIVE_DAYS * DAY * MICROS)}
    assert len(body) == 4


async def test_without_a_live_window_nothing_is_archived():
    venue = PrivateVenue(live_days=0)
    venue.trade("0.40", "1")
    pass_days(venue, 4_000)
    assert set((await venue.get("/historical/cutoff")).values()) == {"1970-01-01T00:00:00Z"}
    assert (await venue.get("/historical/fills"))["fills"] == []
    assert len((await venue.get("/portfolio/fills"))["fills"]) == 1


async def test_each_fill_is_on_one_side_of_the_cutoff(venue):
    (old,) = (await venue.get("/historical/fills"))["fills"]
    (new,) = (await venue.get("/portfolio/fills"))["fills"]
    assert (old["ticker"], old["count_fp"], new["ticker"], new["count_fp"]) == (TICKER, "10.00", "KXTEST-27-A", "3.00")


async def test_each_trade_is_on_one_side_of_the_cutoff(venue):
    (old,) = (await venue.get("/historical/trades"))["trades"]
    (new,) = (await venue.get("/markets/trades"))["trades"]
    assert (old["ticker"], new["ticker"]) == (TICKER, "KXTEST-27-A")
    assert (await venue.get("/historical/trades?is_block_trade=true"))["trades"] == []
    assert (await venue.get("/historical/trades?ticker=KXTEST-27-A"))["trades"] == []


async def test_ended_orders_move_and_resting_ones_never_do(venue):
    venue.order(1, "bid", "0.05", "5", "KXTEST-27-A")
    pass_days(venue, 300)
    venue.trade("0.90", "1", "KXTEST-27-A")
    live = (await venue.get("/portfolio/orders"))["orders"]
    assert sorted(order["status"] for order in live) == ["executed", "resting"]
    archived = (await venue.get("/historical/orders"))["orders"]
    assert [order["status"] for order in archived] == ["canceled", "executed", "canceled", "canceled", "executed"]
    assert not {order["order_id"] for order in live} & {order["order_id"] for order in archived}


async def test_times_and_tickers_filter_the_archived_too(venue):
    second = START_US // MICROS
    for name in ("fills", "orders", "trades"):
        whole = (await venue.get(f"/historical/{name}"))[name]
        assert whole
        assert (await venue.get(f"/historical/{name}?ticker={TICKER}"))[name] == whole
        assert (await venue.get(f"/historical/{name}?ticker={OTHER}"))[name] == []
        assert (await venue.get(f"/historical/{name}?min_ts={second - 1}&max_ts={second + 1}"))[name] == whole
        assert (await venue.get(f"/historical/{name}?max_ts={second - 1}"))[name] == []
        assert (await venue.get(f"/historical/{name}?min_ts={second + 1}"))[name] == []


@pytest.mark.parametrize("name", ["fills", "orders", "trades"])
async def test_pages_meet_without_gap_or_double(name):
    venue = PrivateVenue()
    for number in range(7):
        venue.trade("0.40", str(1 + number))
    pass_days(venue, 100)
    whole = (await venue.get(f"/historical/{name}"))[name]
    pages = await venue.pages(f"/historical/{name}?limit=3", name)
    assert [row for page in pages for row in page] == whole
    assert [len(page) for page in pages] == [3, 3, 1]


async def test_markets_move_when_they_settled_before_the_cutoff(venue):
    venue.settle(MarketResult.YES, ticker="KXTEST-27-A")
    assert (await venue.get("/historical/markets"))["markets"] == []
    assert (await venue.call("GET", "/historical/markets/KXTEST-27-A")).status_code == 404
    pass_days(venue, 100)
    (market,) = (await venue.get("/historical/markets"))["markets"]
    assert market["ticker"] == "KXTEST-27-A"
    assert "KXTEST-27-A" not in {each["ticker"] for each in (await venue.get("/markets"))["markets"]}
    assert (await venue.get("/historical/markets/KXTEST-27-A"))["market"] == market
    for query, found in (
        ("tickers=KXTEST-27-A,NOPE", 1),
        (f"tickers={TICKER}", 0),
        ("event_ticker=KXTEST-27", 1),
        (f"event_ticker={EVENT}", 0),
        ("series_ticker=KXTEST", 1),
        ("mve_filter=exclude", 1),
        ("limit=0", 1),
    ):
        assert len((await venue.get(f"/historical/markets?{query}"))["markets"]) == found, query


async def test_an_archived_market_is_not_among_the_live_ones_by_its_name(venue):
    market, now = "KXTEST-27-A", venue.clock.us // MICROS
    venue.settle(MarketResult.YES, ticker=market)
    times = f"start_ts=0&end_ts={now + 200 * DAY}&period_interval=1440"
    single, candles = f"/markets/{market}", f"/series/KXTEST/markets/{market}/candlesticks?{times}"
    batch = f"/markets/candlesticks?market_tickers={market}&{times}"
    assert {(await venue.call("GET", path)).status_code for path in (single, candles)} == {200}
    assert (await venue.get(batch))["markets"][0]["candlesticks"] != []
    pass_days(venue, 100)
    assert {(await venue.call("GET", path)).status_code for path in (single, candles)} == {404}
    assert (await venue.get(batch))["markets"] == [{"market_ticker": market, "candlesticks": []}]


async def test_an_event_stays_and_its_archived_markets_leave_it(venue):
    now = venue.clock.us // MICROS
    venue.settle(MarketResult.YES)
    pass_days(venue, 100)
    assert [each["ticker"] for each in (await venue.get(f"/events/{EVENT}"))["markets"]] == [OTHER]
    nested = await venue.get(f"/events/{EVENT}?with_nested_markets=true")
    assert [each["ticker"] for each in nested["event"]["markets"]] == [OTHER]
    (listed,) = (await venue.get(f"/events?tickers={EVENT}&with_nested_markets=true"))["events"]
    assert [each["ticker"] for each in listed["markets"]] == [OTHER]
    times = f"start_ts=0&end_ts={now}&period_interval=1440"
    candles = await venue.get(f"/series/KXTEST/events/{EVENT}/candlesticks?{times}")
    assert candles["market_tickers"] == [OTHER]
    venue.settle(MarketResult.NO, ticker=OTHER)
    pass_days(venue, 100)
    assert (await venue.get(f"/events/{EVENT}"))["markets"] == []


async def test_filters_of_archived_markets_exclude_one_another(venue):
    answer = await venue.call("GET", "/historical/markets?tickers=A&event_ticker=B")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_parameters"


async def test_positions_move_by_whole_events(venue):
    for ticker in (TICKER, "KXTEST-27-A"):
        venue.settle(MarketResult.YES, ticker=ticker)
    pass_days(venue, 100)
    # KXTEST-26-B, of the same event as KXTEST-26-A, has not settled.
    (moved,) = (await venue.get("/historical/positions"))["market_positions"]
    assert moved["ticker"] == "KXTEST-27-A"
    live = await venue.get("/portfolio/positions?settlement_status=settled")
    assert [row["ticker"] for row in live["market_positions"]] == [TICKER]
    venue.settle(MarketResult.NO, ticker=OTHER)
    pass_days(venue, 100)
    body = await venue.get("/historical/positions")
    assert [row["event_ticker"] for row in body["event_positions"]] == [EVENT, "KXTEST-27"]
    assert (await venue.get("/portfolio/positions?settlement_status=settled"))["market_positions"] == []
    assert len((await venue.get(f"/historical/positions?ticker={TICKER}"))["market_positions"]) == 1
    assert len((await venue.get("/historical/positions?event_ticker=KXTEST-27"))["market_positions"]) == 1
    assert (await venue.get("/historical/positions?subaccount=3"))["market_positions"] == []
    pages = await venue.pages("/historical/positions?limit=1", "market_positions")
    assert [[row["ticker"] for row in page] for page in pages] == [[TICKER], ["KXTEST-27-A"]]


async def test_settlements_of_archived_events_are_not_listed(venue):
    venue.settle(MarketResult.YES, ticker="KXTEST-27-A")
    venue.settle(MarketResult.YES)
    pass_days(venue, 100)
    # The event of KXTEST-26-A still has a market that has not settled: it is live as a whole, as its positions are.
    assert [row["ticker"] for row in (await venue.get("/portfolio/settlements"))["settlements"]] == [TICKER]
    add_market(venue, "KXTEST-28", "KXTEST-28-A")
    venue.trade("0.60", "3", "KXTEST-28-A")
    venue.settle(MarketResult.NO, ticker="KXTEST-28-A")
    pages = await venue.pages("/portfolio/settlements?limit=1", "settlements")
    assert [[row["ticker"] for row in page] for page in pages] == [["KXTEST-28-A"], [TICKER]]
    venue.settle(MarketResult.NO, ticker=OTHER)
    pass_days(venue, 100)
    assert (await venue.get("/portfolio/settlements"))["settlements"] == []
    assert (await venue.get("/portfolio/settlements?limit=1&ticker=KXTEST-27-A"))["settlements"] == []


async def test_candlesticks_of_an_archived_market_have_plain_names(venue):
    market, traded_us = "KXTEST-27-A", START_US + 60 * DAY * MICROS
    venue.settle(MarketResult.YES, ticker=market)
    start, end = traded_us // MICROS - DAY, traded_us // MICROS + DAY
    path = f"/historical/markets/{market}/candlesticks?start_ts={start}&end_ts={end}&period_interval="
    assert (await venue.call("GET", path + "1")).status_code == 404
    pass_days(venue, 100)
    for interval in (1, 60, 1440):
        body = await venue.get(f"{path}{interval}")
        candle = next(each for each in body["candlesticks"] if each["volume"] != "0.00")
        assert candle["end_period_ts"] % (interval * MINUTE) == 0
        assert set(candle) == {"end_period_ts", "open_interest", "price", "volume", "yes_ask", "yes_bid"}
        assert set(candle["yes_bid"]) == {"open", "high", "low", "close"}
        assert (candle["price"]["open"], candle["price"]["mean"], candle["volume"]) == ("0.6000", "0.6000", "3.00")
    assert (await venue.call("GET", path + "7")).status_code == 400
    backwards = f"/historical/markets/{market}/candlesticks?start_ts=9&end_ts=8&period_interval=1"
    assert (await venue.call("GET", backwards)).status_code == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/historical/fills?limit=0", 400),
        ("/historical/orders?limit=1001", 400),
        ("/historical/positions?limit=0", 400),
        ("/historical/trades?limit=1001", 400),
        ("/historical/markets?mve_filter=only", 400),
        ("/historical/fills?cursor=garbage", 200),
        ("/historical/trades?min_ts=later", 400),
        ("/historical/markets/NOPE", 404),
        ("/historical/markets/NOPE/candlesticks?start_ts=0&end_ts=1&period_interval=1", 404),
        (f"/historical/markets/{TICKER}/candlesticks", 400),
    ],
)
async def test_faults_are_answered_as_on_the_live_lists(venue, path, status):
    assert (await venue.call("GET", path)).status_code == status


@pytest.mark.parametrize("name", ["fills", "orders", "positions"])
async def test_a_members_own_needs_a_signature(venue, name):
    assert (await venue.call("GET", f"/historical/{name}", headers={})).status_code == 401


@pytest.mark.parametrize("name", ["cutoff", "trades", "markets"])
async def test_the_public_needs_none(venue, name):
    assert (await venue.call("GET", f"/historical/{name}", headers={})).status_code == 200


async def test_a_restricted_key_sees_its_subaccount_only(venue):
    venue.do(c.CreateSubaccount(1))
    key = venue.add_key(1, subaccount=1)
    assert (await venue.get("/historical/fills", key=key))["fills"] == []
    assert (await venue.call("GET", "/historical/orders?subaccount=0", key=key)).status_code == 403


class PastMinutes(NoHistory):
    """A history that holds these bars of the one market."""

    def __init__(self):
        self.bars = []

    async def minutes(self, ticker, start, end):
        return [bar for bar in self.bars if start <= bar.end <= end]


@pytest.mark.parametrize("minutes", [1, 7, 60])
@pytest.mark.parametrize("latest", ["true", "false"])
async def test_minutes_that_left_memory_are_on_the_live_paths_too(monkeypatch, minutes, latest):
    history = PastMinutes()
    venue = PrivateVenue(history=history)
    start = venue.clock.us // MICROS
    for _ in range(100):
        venue.trade("0.40", "1")
        venue.clock.us += 2 * MINUTE * MICROS
    times = f"start_ts={start + 9 * MINUTE}&end_ts={start + 300 * MINUTE}&period_interval={minutes}"
    ever = f"start_ts={-(2**63)}&end_ts={2**63 - 1}&period_interval={minutes}"
    paths = [
        f"/markets/candlesticks?market_tickers={TICKER}&{wanted}&include_latest_before_start={latest}"
        for wanted in (times, ever)
    ]
    if minutes != 7:
        single = f"/series/KXTEST/markets/{TICKER}/candlesticks?{times}&include_latest_before_start={latest}"
        paths += [single, f"/series/KXTEST/events/{EVENT}/candlesticks?{times}"]
    whole = [await venue.get(path) for path in paths]
    kept = venue.views.books.book(TICKER).candles.minutes
    history.bars = kept[:-10]
    del kept[:-10]
    monkeypatch.setattr(candles, "KEPT_MINUTES", 10)
    assert [await venue.get(path) for path in paths] == whole


async def test_what_left_memory_comes_from_history(tmp_path):
    reader = SqlHistoryReader(Database(tmp_path / "h"))
    venue = PrivateVenue(window=1, history=reader)
    writer = HistoryWriter(Database(tmp_path / "h"), venue.views)
    await writer.open()
    for number in range(4):
        venue.trade("0.40", str(1 + number))
    ended = uuid(venue.order(1, "bid", "0.10", "1", time_in_force=IOC))
    for entry in venue.sink.records:
        writer.fold([entry])
    await writer.start()
    await writer.stop()
    assert venue.views.orders.evicted
    assert len((await venue.get("/historical/orders"))["orders"]) == 0
    pass_days(venue, 100)
    assert (await venue.get("/portfolio/orders"))["orders"] == []
    archived = (await venue.get("/historical/orders"))["orders"]
    assert (len(archived), archived[0]["order_id"]) == (5, ended)
    assert [fill["count_fp"] for fill in (await venue.get("/historical/fills"))["fills"]] == [
        "4.00",
        "3.00",
        "2.00",
        "1.00",
    ]
    assert len((await venue.get("/historical/trades"))["trades"]) == 4
    await reader.close()
