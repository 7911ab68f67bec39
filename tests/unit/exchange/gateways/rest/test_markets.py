"""GET /markets* (OAS:Market, Trade, OrderbookCountFp; SEMANTICS B2, D1, D2, J11, J30, J31)."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.unit.exchange.public_venue import (
    ASK,
    BID,
    START,
    PublicVenue,
    accepted,
    event_created,
    market_created,
    series_created,
    tickers,
    traded,
)
from wire.engine_events import MarketDetermined, MarketSettled, MarketStatusChanged
from wire.enums import MarketResult, MarketStatus
from wire.units import DOLLAR, MICROS

RECORDINGS = Path(__file__).parents[6] / "shared" / "kalshi" / "recordings"

GONE_BY_3_34 = {"response_price_units", "fractional_trading_enabled"}
ADDED_SINCE = {"settlement_bounds_type", "exchange_index"}


@pytest.fixture
def venue() -> PublicVenue:
    return PublicVenue()


def moved(ticker: str, new: MarketStatus) -> MarketStatusChanged:
    return MarketStatusChanged(ticker, MarketStatus.ACTIVE, new, True)


def recorded(name: str) -> Any:
    if not RECORDINGS.is_dir():
        pytest.skip("the recordings are not beside this checkout")
    return json.loads((RECORDINGS / f"{name}.json").read_text())


def shape(value: Any) -> Any:
    """The form of a JSON value: types, and digits of numbers in strings blotted out."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, str):
        return re.sub(r"\d", "0", value) if re.fullmatch(r"-?\d+\.\d+", value) else "text"
    return type(value).__name__


# --- one market ---------------------------------------------------------------------------------------


async def test_market_described_like_the_recorded_one_has_its_shape(venue):
    known = recorded("markets__single")["market"]
    venue.tell(series_created(), event_created())
    venue.tell(market_created("KXRAIN-26-A", about=json.dumps(known).encode()))
    market = (await venue.body("/markets/KXRAIN-26-A"))["market"]
    assert set(market) - ADDED_SINCE == set(known) - GONE_BY_3_34
    assert {name: shape(market[name]) for name in set(market) - ADDED_SINCE} == {
        name: shape(item) for name, item in known.items() if name not in GONE_BY_3_34
    }


async def test_unquoted_market_shows_bid_0_and_ask_1(venue):
    market = (await venue.body(f"/markets/{venue.open_market()}"))["market"]
    assert (market["yes_bid_dollars"], market["yes_ask_dollars"]) == ("0.0000", "1.0000")
    assert (market["no_bid_dollars"], market["no_ask_dollars"]) == ("0.0000", "1.0000")
    assert (market["yes_bid_size_fp"], market["yes_ask_size_fp"]) == ("0.00", "0.00")


async def test_quotes_show_both_legs_with_the_best_levels_sizes(venue):
    ticker = venue.open_market()
    venue.tell(accepted(ticker, BID, 4700, 300), accepted(ticker, BID, 4600, 100), accepted(ticker, ASK, 5200, 250))
    market = (await venue.body(f"/markets/{ticker}"))["market"]
    assert (market["yes_bid_dollars"], market["yes_bid_size_fp"]) == ("0.4700", "3.00")
    assert (market["yes_ask_dollars"], market["yes_ask_size_fp"]) == ("0.5200", "2.50")
    assert (market["no_bid_dollars"], market["no_ask_dollars"]) == ("0.4800", "0.5300")


async def test_volume_of_24_hours_leaves_older_trades_out(venue):
    ticker = venue.open_market()
    venue.tell(accepted(ticker, ASK, 5200, 1_000), at=START)
    venue.tell(traded(ticker, ASK, 5200, 300, -300, 300), at=START + 30)
    venue.tell(traded(ticker, ASK, 5200, 100, -400, 400), at=START + 3_600)
    venue.clock.seconds = START + 86_400 + 1_800
    market = (await venue.body(f"/markets/{ticker}"))["market"]
    assert (market["volume_fp"], market["volume_24h_fp"], market["open_interest_fp"]) == ("4.00", "1.00", "4.00")


async def test_previous_prices_are_those_of_a_day_ago(venue):
    ticker = venue.open_market()
    venue.tell(accepted(ticker, ASK, 5200, 1_000), accepted(ticker, BID, 4700, 100), at=START)
    venue.tell(traded(ticker, ASK, 5200, 300), at=START + 30)
    venue.tell(accepted(ticker, BID, 4900, 100), at=START + 3_600)
    venue.clock.seconds = START + 86_400 + 1_800
    market = (await venue.body(f"/markets/{ticker}"))["market"]
    assert market["previous_price_dollars"] == "0.5200"
    assert (market["previous_yes_bid_dollars"], market["previous_yes_ask_dollars"]) == ("0.4700", "0.5200")


async def test_outcome_shows_from_determination_and_its_time_from_settlement(venue):
    ticker = venue.open_market()
    venue.tell(moved(ticker, MarketStatus.DETERMINED), MarketDetermined(ticker, MarketResult.YES, DOLLAR, 0, "4.2"))
    market = (await venue.body(f"/markets/{ticker}"))["market"]
    assert (market["result"], market["settlement_value_dollars"], market["expiration_value"]) == (
        "yes",
        "1.0000",
        "4.2",
    )
    assert "settlement_ts" not in market
    venue.tell(moved(ticker, MarketStatus.FINALIZED), MarketSettled(ticker, MarketResult.YES, DOLLAR), at=START + 0.5)
    market = (await venue.body(f"/markets/{ticker}"))["market"]
    assert (market["status"], market["settlement_ts"]) == ("finalized", "2026-05-28T20:27:00.5Z")


async def test_settlement_floor_names_its_bounds(venue):
    venue.tell(series_created(), event_created())
    venue.tell(market_created(settlement_floor=1_000))
    market = (await venue.body("/markets/KXRAIN-26-A"))["market"]
    assert (market["settlement_bounds_type"], market["settlement_floor_dollars"]) == ("floor", "0.1000")


@pytest.mark.parametrize("path", ["/markets/KXNONE", "/markets/KXNONE/orderbook"])
async def test_unknown_market_is_404(venue, path):
    answer = await venue.get(path)
    assert (answer.status_code, answer.json()) == (404, {"error": {"code": "not_found", "message": "not found"}})


# --- the list -----------------------------------------------------------------------------------------


async def test_list_comes_in_pages_and_the_last_has_an_empty_cursor(venue):
    names = [venue.open_market(f"KXRAIN-26-{letter}") for letter in "ABCDE"]
    found, cursor = [], ""
    for _ in range(3):
        page = await venue.body(f"/markets?limit=2&cursor={cursor}")
        found += tickers(page["markets"])
        cursor = page["cursor"]
    assert (sorted(found), cursor) == (names, "")


async def test_garbage_cursor_is_the_first_page(venue):
    venue.open_market()
    assert tickers((await venue.body("/markets?limit=5&cursor=garbage-cursor-fixture"))["markets"]) == ["KXRAIN-26-A"]


async def test_limit_over_the_maximum_is_refused_as_recorded(venue):
    answer = await venue.get("/markets?limit=1001")
    assert (answer.status_code, answer.json()) == (400, recorded("markets__limit_over_max"))


async def test_limit_0_means_the_default(venue):
    venue.open_market()
    assert len((await venue.body("/markets?limit=0"))["markets"]) == 1


async def test_status_filters_show_the_statuses_they_stand_for(venue):
    statuses = {
        "unopened": ["initialized"],
        "open": ["active"],
        "paused": ["inactive"],
        "closed": ["amended", "closed", "determined", "disputed"],
        "settled": ["finalized"],
    }
    for status in MarketStatus:
        venue.tell(moved(venue.open_market(f"KXRAIN-26-{status}"), status))
    for word, shown in statuses.items():
        markets = (await venue.body(f"/markets?status={word}"))["markets"]
        assert sorted(market["status"] for market in markets) == shown


async def test_unknown_status_filter_is_400(venue):
    answer = await venue.get("/markets?status=finalized")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_status_filter")


async def test_list_filters_by_event_series_and_tickers(venue):
    venue.open_market("KXRAIN-26-A")
    venue.open_market("KXRAIN-27-A", event="KXRAIN-27")
    venue.open_market("KXGOLD-1-A", event="KXGOLD-1", series_ticker="KXGOLD")
    for query, found in (
        ("event_ticker=KXRAIN-27", ["KXRAIN-27-A"]),
        ("series_ticker=KXRAIN", ["KXRAIN-27-A", "KXRAIN-26-A"]),
        ("tickers=KXGOLD-1-A,KXNONE,KXRAIN-26-A", ["KXRAIN-26-A", "KXGOLD-1-A"]),
        ("tickers=KXGOLD-1-A&series_ticker=KXRAIN", []),
        ("event_ticker=KXNONE", []),
        ("mve_filter=only", []),
        ("mve_filter=exclude", ["KXRAIN-27-A", "KXRAIN-26-A", "KXGOLD-1-A"]),
    ):
        assert tickers((await venue.body(f"/markets?{query}"))["markets"]) == found, query


async def test_list_filters_by_times(venue):
    ticker = venue.open_market()
    venue.tell(moved(ticker, MarketStatus.FINALIZED), MarketSettled(ticker, MarketResult.NO, 0), at=START + 100)
    close = START + 86_400
    for query, found in (
        (f"min_created_ts={START}&max_created_ts={START}", 1),
        (f"min_created_ts={START + 1}", 0),
        (f"min_close_ts={close}&max_close_ts={close}", 1),
        (f"max_close_ts={close - 1}", 0),
        (f"min_settled_ts={START + 100}&status=settled", 1),
        (f"max_settled_ts={START + 99}", 0),
        (f"min_updated_ts={START + 99}", 1),
        (f"min_updated_ts={START + 100}", 0),
        (f"max_updated_ts={START + 100}&mve_filter=exclude&series_ticker=KXRAIN", 1),
    ):
        assert len((await venue.body(f"/markets?{query}"))["markets"]) == found, query


async def test_market_that_has_not_settled_passes_no_settlement_filter(venue):
    venue.open_market()
    assert (await venue.body("/markets?max_settled_ts=9999999999"))["markets"] == []


@pytest.mark.parametrize(
    "query",
    [
        "min_created_ts=1&min_close_ts=1",
        "min_created_ts=1&status=closed",
        "min_close_ts=1&status=open",
        "min_settled_ts=1&status=open",
        "min_updated_ts=1&status=open",
        "min_updated_ts=1&event_ticker=A",
        "min_updated_ts=1&tickers=A",
        "min_updated_ts=1&mve_filter=only",
        "min_updated_ts=1&series_ticker=A",
    ],
)
async def test_filters_that_do_not_go_together_are_400(venue, query):
    assert (await venue.get(f"/markets?{query}")).status_code == 400


# --- order books --------------------------------------------------------------------------------------


async def test_book_matches_the_recorded_one(venue):
    ticker = venue.open_market()
    venue.tell(accepted(ticker, BID, 4700, 300), accepted(ticker, ASK, 5200, 300))
    assert await venue.body(f"/markets/{ticker}/orderbook") == recorded("orderbook__base")


async def test_empty_side_is_an_empty_list(venue):
    ticker = venue.open_market()
    assert await venue.body(f"/markets/{ticker}/orderbook") == {"orderbook_fp": {"no_dollars": [], "yes_dollars": []}}


@pytest.mark.parametrize(("depth", "shown"), [(0, 3), (-1, 3), (2, 2), (100, 3)])
async def test_depth_keeps_the_best_levels_with_the_best_last(venue, depth, shown):
    ticker = venue.open_market()
    venue.tell(*(accepted(ticker, BID, price, 100) for price in (4500, 4700, 4600)))
    levels = (await venue.body(f"/markets/{ticker}/orderbook?depth={depth}"))["orderbook_fp"]["yes_dollars"]
    assert levels == [["0.4500", "1.00"], ["0.4600", "1.00"], ["0.4700", "1.00"]][-shown:]


async def test_depth_beyond_100_is_400(venue):
    ticker = venue.open_market()
    assert (await venue.get(f"/markets/{ticker}/orderbook?depth=101")).status_code == 400


async def test_many_books_come_one_for_each_ticker(venue):
    first, second = venue.open_market("KXRAIN-26-A"), venue.open_market("KXRAIN-26-B")
    venue.tell(accepted(second, BID, 4700, 300))
    found = (await venue.body(f"/markets/orderbooks?tickers={first}&tickers={second}"))["orderbooks"]
    assert tickers(found) == [first, second]
    assert found[1]["orderbook_fp"]["yes_dollars"] == [["0.4700", "3.00"]]


@pytest.mark.parametrize("query", ["", "?" + "&".join(["tickers=A"] * 101), "?tickers=" + "A" * 201])
async def test_many_books_need_1_to_100_tickers(venue, query):
    assert (await venue.get(f"/markets/orderbooks{query}")).status_code == 400


# --- trades -------------------------------------------------------------------------------------------


async def test_trade_has_every_field_of_the_contract(venue):
    ticker = venue.open_market()
    venue.tell(accepted(ticker, ASK, 5200, 300))
    venue.tell(traded(ticker, ASK, 5200, 150), at=START + 1.5)
    (trade,) = (await venue.body("/markets/trades"))["trades"]
    assert trade == {
        "count_fp": "1.50",
        "created_time": "2026-05-28T20:27:01.5Z",
        "is_block_trade": False,
        "no_price_dollars": "0.4800",
        "taker_book_side": "bid",
        "taker_outcome_side": "yes",
        "taker_side": "yes",
        "ticker": ticker,
        "trade_id": "00000000-0002-4000-8000-000000000004",
        "yes_price_dollars": "0.5200",
    }


def print_trades(venue: PublicVenue, ticker: str, count: int) -> None:
    venue.tell(accepted(ticker, ASK, 5200, 100 * count))
    for second in range(count):
        venue.tell(traded(ticker, ASK, 5200, 100), at=START + second)


async def test_trades_come_in_pages_newest_first(venue):
    print_trades(venue, venue.open_market(), 5)
    seen, cursor = [], ""
    for _ in range(3):
        page = await venue.body(f"/markets/trades?limit=2&cursor={cursor}")
        seen += [trade["created_time"] for trade in page["trades"]]
        cursor = page["cursor"]
    assert (seen, cursor) == ([f"2026-05-28T20:27:0{second}Z" for second in (4, 3, 2, 1, 0)], "")


async def test_trades_filter_by_market_and_time(venue):
    print_trades(venue, venue.open_market(), 5)
    for query, found in (
        ("ticker=KXRAIN-26-A", 5),
        ("ticker=KXNONE", 0),
        (f"min_ts={START + 3}", 2),
        (f"max_ts={START + 1}", 2),
        ("is_block_trade=false", 5),
        ("is_block_trade=true", 0),
    ):
        assert len((await venue.body(f"/markets/trades?{query}"))["trades"]) == found, query


async def test_trades_beyond_memory_come_from_history():
    venue = PublicVenue(window=2)
    print_trades(venue, venue.open_market(), 5)
    venue.history.rows = list(venue.views.tape.newest_first())
    venue.views.tape.evict(history_seq=venue.seq)
    assert len(list(venue.views.tape.newest_first())) == 2
    first = await venue.body("/markets/trades?limit=3")
    rest = await venue.body(f"/markets/trades?limit=3&cursor={first['cursor']}")
    seen = [trade["trade_id"] for page in (first, rest) for trade in page["trades"]]
    assert (len(seen), len(set(seen)), rest["cursor"]) == (5, 5, "")


async def test_forged_trade_cursor_is_the_first_page(venue):
    print_trades(venue, venue.open_market(), 1)
    assert len((await venue.body("/markets/trades?cursor=ks____________-P__________8"))["trades"]) == 1


# --- candlesticks -------------------------------------------------------------------------------------


def candles_path(ticker: str, start: int, end: int, interval: int = 1, extra: str = "") -> str:
    range_ = f"start_ts={start}&end_ts={end}&period_interval={interval}{extra}"
    return f"/series/KXRAIN/markets/{ticker}/candlesticks?{range_}"


def quoted_and_traded(venue: PublicVenue) -> str:
    ticker = venue.open_market()
    venue.tell(accepted(ticker, BID, 4700, 100), accepted(ticker, ASK, 5200, 1_000), at=START + 1)
    venue.tell(traded(ticker, ASK, 5200, 200, -200, 200), at=START + 2)
    venue.tell(accepted(ticker, ASK, 5300, 100), accepted(ticker, BID, 4800, 100), at=START + 121)
    return ticker


async def test_candlestick_has_every_field_of_the_contract(venue):
    ticker = quoted_and_traded(venue)
    answer = await venue.body(candles_path(ticker, START, START + 60))
    assert answer["ticker"] == ticker
    assert answer["candlesticks"] == [
        {
            "end_period_ts": START + 60,
            "open_interest_fp": "2.00",
            "price": {
                "close_dollars": "0.5200",
                "high_dollars": "0.5200",
                "low_dollars": "0.5200",
                "mean_dollars": "0.5200",
                "open_dollars": "0.5200",
                "previous_dollars": None,
            },
            "volume_fp": "2.00",
            "yes_ask": {
                "close_dollars": "0.5200",
                "high_dollars": "1.0000",
                "low_dollars": "0.5200",
                "open_dollars": "1.0000",
            },
            "yes_bid": {
                "close_dollars": "0.4700",
                "high_dollars": "0.4700",
                "low_dollars": "0.0000",
                "open_dollars": "0.0000",
            },
        }
    ]


async def test_candlestick_without_trades_has_null_prices_and_the_previous_one(venue):
    ticker = quoted_and_traded(venue)
    (candle,) = (await venue.body(candles_path(ticker, START + 120, START + 180)))["candlesticks"]
    price = candle["price"]
    assert [price[f"{name}_dollars"] for name in ("open", "high", "low", "close", "mean")] == [None] * 5
    assert (price["previous_dollars"], candle["volume_fp"]) == ("0.5200", "0.00")


async def test_latest_before_start_stands_at_the_first_boundary_after_it(venue):
    ticker = quoted_and_traded(venue)
    start = START + 3_600 + 7
    path = candles_path(ticker, start, start + 600, extra="&include_latest_before_start=true")
    (candle,) = (await venue.body(path))["candlesticks"]
    assert candle["end_period_ts"] == START + 3_660
    assert (candle["price"]["close_dollars"], candle["price"]["previous_dollars"]) == (None, "0.5200")
    assert (candle["yes_bid"]["open_dollars"], candle["volume_fp"], candle["open_interest_fp"]) == (
        "0.4800",
        "0.00",
        "2.00",
    )


async def test_nothing_before_the_start_gives_no_synthetic_candle(venue):
    ticker = quoted_and_traded(venue)
    path = candles_path(ticker, START - 600, START - 300, extra="&include_latest_before_start=true")
    assert (await venue.body(path))["candlesticks"] == []


async def test_candlesticks_of_an_unknown_market_is_404(venue):
    venue.open_market()
    assert (await venue.get(candles_path("KXNONE", 1, 2))).status_code == 404


@pytest.mark.parametrize("series_ticker", ["KXRAIN-26", "KXGOLD"])
async def test_candlesticks_do_not_ask_for_the_right_series(venue, series_ticker):
    """pmxt 2.54 and the example of kalshi-trade-rs 0.6.0 name the event where the series belongs."""
    path = candles_path(quoted_and_traded(venue), START, START + 60)
    other = path.replace("/series/KXRAIN/", f"/series/{series_ticker}/")
    assert (await venue.body(other))["candlesticks"] == (await venue.body(path))["candlesticks"] != []


@pytest.mark.parametrize(
    "query",
    ["", "start_ts=1&end_ts=2", "start_ts=1&end_ts=2&period_interval=5", "start_ts=2&end_ts=1&period_interval=1"],
)
async def test_candlesticks_need_a_range_and_a_known_interval(venue, query):
    venue.open_market()
    assert (await venue.get(f"/series/KXRAIN/markets/KXRAIN-26-A/candlesticks?{query}")).status_code == 400


async def test_batch_answers_each_ticker_in_order(venue):
    ticker = quoted_and_traded(venue)
    quiet = venue.open_market("KXRAIN-26-B")
    query = f"start_ts={START}&end_ts={START + 600}&period_interval=60"
    answer = await venue.body(f"/markets/candlesticks?market_tickers={quiet},{ticker}&{query}")
    assert [(each["market_ticker"], len(each["candlesticks"])) for each in answer["markets"]] == [
        (quiet, 0),
        (ticker, 0),
    ]
    query = f"start_ts={START}&end_ts={START + 3_600}&period_interval=60"
    answer = await venue.body(f"/markets/candlesticks?market_tickers={quiet},{ticker}&{query}")
    assert [len(each["candlesticks"]) for each in answer["markets"]] == [0, 1]


async def test_batch_of_more_than_100_tickers_is_400(venue):
    names = ",".join(["A"] * 101)
    query = "start_ts=1&end_ts=2&period_interval=1"
    assert (await venue.get(f"/markets/candlesticks?market_tickers={names}&{query}")).status_code == 400


async def test_batch_never_answers_more_than_10_000_candlesticks(venue):
    names = [venue.open_market(f"KXRAIN-26-{number}") for number in range(3)]
    for ticker in names:
        fill_minutes(venue, ticker, 4_000)
    query = f"start_ts={START}&end_ts={START + 10**6}&period_interval=1"
    answer = await venue.body(f"/markets/candlesticks?market_tickers={','.join(names)}&{query}")
    assert [len(each["candlesticks"]) for each in answer["markets"]] == [4_000, 4_000, 2_000]


async def test_event_candlesticks_stop_at_5_000_and_say_where(venue):
    names = [venue.open_market(f"KXRAIN-26-{number}") for number in range(2)]
    for ticker in names:
        fill_minutes(venue, ticker, 4_000)
    query = f"start_ts={START}&end_ts={START + 10**6}&period_interval=1"
    answer = await venue.body(f"/series/KXRAIN/events/KXRAIN-26/candlesticks?{query}")
    assert answer["market_tickers"] == names
    assert [len(candles) for candles in answer["market_candlesticks"]] == [2_500, 2_500]
    assert answer["adjusted_end_ts"] == START + 2_500 * 60


async def test_event_candlesticks_that_fit_end_where_asked(venue):
    quoted_and_traded(venue)
    query = f"start_ts={START}&end_ts={START + 600}&period_interval=1"
    answer = await venue.body(f"/series/KXRAIN/events/KXRAIN-26/candlesticks?{query}")
    assert (len(answer["market_candlesticks"][0]), answer["adjusted_end_ts"]) == (2, START + 600)


async def test_candlesticks_of_an_event_of_another_series_is_404(venue):
    venue.open_market()
    query = "start_ts=1&end_ts=2&period_interval=1"
    assert (await venue.get(f"/series/KXGOLD/events/KXRAIN-26/candlesticks?{query}")).status_code == 404


def fill_minutes(venue: PublicVenue, ticker: str, minutes: int) -> None:
    """One trade in each minute, straight into the bars."""
    venue.tell(accepted(ticker, ASK, 5200, 100 * minutes + 100), at=START + 1)
    for minute in range(minutes):
        venue.views.books.book(ticker).candles.trade((START + 1 + 60 * minute) * MICROS, 5200, 100, 0)


# --- the retired fields -------------------------------------------------------------------------------


async def test_retired_fields_are_absent_by_default(venue):
    market = (await venue.body(f"/markets/{venue.open_market()}"))["market"]
    assert {"yes_bid", "last_price", "volume", "tick_size", "category", "liquidity"}.isdisjoint(market)


@pytest.fixture
def old_venue() -> PublicVenue:
    return PublicVenue(api_v1=True)


async def test_old_market_has_integer_cents_and_whole_contracts(old_venue):
    ticker = quoted_and_traded(old_venue)
    market = (await old_venue.body(f"/markets/{ticker}"))["market"]
    assert (market["yes_bid"], market["yes_ask"], market["no_bid"], market["no_ask"]) == (48, 52, 48, 52)
    assert (market["last_price"], market["volume"], market["open_interest"], market["tick_size"]) == (52, 2, 2, 1)
    assert (market["response_price_units"], market["notional_value"]) == ("usd_cent", 100)


async def test_old_market_has_the_fields_recorded_before_they_went(old_venue):
    """pykalshi-client 1.3.0 and kalshi-trade-rs 0.6.0 refuse a market that lacks one of them."""
    known = recorded("markets__single")["market"]
    market = (await old_venue.body(f"/markets/{old_venue.open_market()}"))["market"]
    assert {name: market.get(name) for name in GONE_BY_3_34} == {name: known[name] for name in GONE_BY_3_34}


async def test_old_statuses_are_of_the_old_vocabulary(old_venue):
    ticker = old_venue.open_market()
    old_venue.tell(moved(ticker, MarketStatus.FINALIZED))
    assert (await old_venue.body(f"/markets/{ticker}"))["market"]["status"] == "settled"


async def test_old_book_stands_beside_the_present_one(old_venue):
    ticker = quoted_and_traded(old_venue)
    answer = await old_venue.body(f"/markets/{ticker}/orderbook")
    assert answer["orderbook"]["yes"] == [[47, 1], [48, 1]]
    assert answer["orderbook"]["yes_dollars"] == answer["orderbook_fp"]["yes_dollars"]


async def test_old_trade_has_integer_prices_and_count(old_venue):
    quoted_and_traded(old_venue)
    (trade,) = (await old_venue.body("/markets/trades"))["trades"]
    assert (trade["yes_price"], trade["no_price"], trade["count"], trade["price"]) == (52, 48, 2, 0.52)


async def test_old_candlestick_has_integer_prices(old_venue):
    ticker = quoted_and_traded(old_venue)
    (candle,) = (await old_venue.body(candles_path(ticker, START, START + 60)))["candlesticks"]
    assert (candle["yes_bid"]["close"], candle["price"]["open"], candle["volume"]) == (47, 52, 2)
    assert candle["price"]["previous"] is None
