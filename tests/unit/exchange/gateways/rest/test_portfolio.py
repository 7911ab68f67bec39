"""Balance, positions, fills, settlements, cash: recording auth__balance_ok, SEMANTICS A5, C1, C2."""

import json
from pathlib import Path

import pytest

from exchange.adapters.history import Database, HistoryWriter, SqlHistoryReader
from exchange.core import commands as c
from tests.unit.exchange.private_venue import EVENT, OTHER, TICKER, PrivateVenue, uuid
from wire.accounts import account_of
from wire.enums import MarketResult
from wire.units import CENT, DOLLAR

RECORDINGS = Path(__file__).parents[6] / "shared" / "kalshi" / "recordings"


@pytest.fixture
def venue():
    return PrivateVenue()


# --- balance ----------------------------------------------------------------------------------------


async def test_balance_looks_as_recorded(venue):
    path = RECORDINGS / "auth__balance_ok.json"
    if not path.exists():
        pytest.skip("the recordings are not beside this checkout")
    recorded = json.loads(path.read_text())
    body = await venue.get("/portfolio/balance")
    assert set(body) == set(recorded)
    assert body["balance_breakdown"] == [{"balance": "1000.0000", "exchange_index": 0}]


async def test_balance_truncates_to_cents_and_portfolio_is_positions_only():
    """98.0186 dollars are 9801; two contracts at .99 are 198 (recording auth__balance_ok)."""
    venue = PrivateVenue(fees=True)
    venue.do(c.Withdraw(account_of(1), 900 * DOLLAR))
    venue.trade("0.99", "1")
    venue.trade("0.99", "1")
    body = await venue.get("/portfolio/balance")
    assert (body["balance"], body["balance_dollars"], body["portfolio_value"]) == (9801, "98.0186", 198)


async def test_no_position_is_worth_the_other_leg(venue):
    venue.trade("0.30", "10")
    assert (await venue.get("/portfolio/balance", key=venue.second))["portfolio_value"] == 700


async def test_balance_is_of_one_subaccount(venue):
    venue.do(c.CreateSubaccount(1), c.TransferBetweenSubaccounts(1, 0, 1, 25 * DOLLAR, "t"))
    assert (await venue.get("/portfolio/balance"))["balance"] == 97_500
    assert (await venue.get("/portfolio/balance?subaccount=1"))["balance"] == 2_500


async def test_balance_of_another_shard_is_nothing(venue):
    body = await venue.get("/portfolio/balance?exchange_index=1")
    assert (body["balance"], body["balance_dollars"]) == (0, "0.0000")


async def test_restricted_key_gets_no_breakdown(venue):
    venue.do(c.CreateSubaccount(1))
    body = await venue.get("/portfolio/balance", key=venue.add_key(1, subaccount=1))
    assert "balance_breakdown" not in body
    assert body["balance"] == 0


async def test_balance_needs_only_its_own_scope(venue):
    key = venue.add_key(1, scopes=frozenset({"read::portfolio_balance"}))
    assert (await venue.call("GET", "/portfolio/balance", key=key)).status_code == 200
    assert (await venue.call("GET", "/portfolio/fills", key=key)).status_code == 403


async def test_balance_has_its_own_bucket(venue):
    answers = [await venue.call("GET", "/portfolio/balance") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert (await venue.call("GET", "/portfolio/fills")).status_code == 200


async def test_total_resting_order_value(venue):
    venue.order(1, "bid", "0.40", "10")
    venue.order(1, "ask", "0.70", "5")
    assert await venue.get("/portfolio/summary/total_resting_order_value") == {
        "resting_order_value_breakdown": [{"balance": "5.5000", "exchange_index": 0}],
        "total_resting_order_value": 550,
    }


# --- positions --------------------------------------------------------------------------------------


async def test_positions_have_six_decimals_and_the_recorded_numbers():
    venue = PrivateVenue(fees=True)
    venue.trade("0.99", "1")
    venue.trade("0.99", "1")
    venue.trade("0.52", "1")
    body = await venue.get("/portfolio/positions")
    (market,) = body["market_positions"]
    (event,) = body["event_positions"]
    assert market.pop("last_updated_ts").endswith("Z")
    assert market == {
        "ticker": TICKER,
        "exchange_index": 0,
        "position_fp": "3.00",
        "total_traded_dollars": "2.500000",
        "market_exposure_dollars": "2.500000",
        "realized_pnl_dollars": "0.000000",
        "fees_paid_dollars": "0.018900",
    }
    assert event == {
        "event_ticker": EVENT,
        "event_exposure_dollars": "2.500000",
        "fees_paid_dollars": "0.018900",
        "realized_pnl_dollars": "0.000000",
        "total_cost_dollars": "2.500000",
        "total_cost_shares_fp": "3.00",
    }
    assert body["cursor"] == ""


async def test_event_position_is_the_sum_of_its_markets(venue):
    venue.trade("0.40", "10")
    venue.trade("0.20", "5", OTHER)
    (event,) = (await venue.get("/portfolio/positions"))["event_positions"]
    assert (event["event_exposure_dollars"], event["total_cost_shares_fp"]) == ("5.000000", "15.00")


async def test_unsettled_positions_are_paged_by_market(venue):
    venue.trade("0.40", "10")
    venue.trade("0.20", "5", OTHER)
    pages = await venue.pages("/portfolio/positions?limit=1", "market_positions")
    assert [[row["ticker"] for row in page] for page in pages] == [[TICKER], [OTHER]]


async def test_settlement_status_chooses(venue):
    venue.trade("0.40", "10")
    venue.trade("0.20", "5", OTHER)
    venue.settle(MarketResult.YES)

    async def tickers(query: str) -> list[str]:
        return [row["ticker"] for row in (await venue.get(f"/portfolio/positions{query}"))["market_positions"]]

    assert await tickers("") == [OTHER]
    assert await tickers("?settlement_status=settled") == [TICKER]
    assert await tickers("?settlement_status=all") == [TICKER, OTHER]
    assert (await venue.call("GET", "/portfolio/positions?settlement_status=x")).status_code == 400


async def test_settled_positions_are_paged_by_event(venue):
    venue.trade("0.40", "10")
    venue.trade("0.20", "5", OTHER)
    pages = await venue.pages("/portfolio/positions?limit=1&settlement_status=all", "market_positions")
    assert [[row["ticker"] for row in page] for page in pages] == [[TICKER, OTHER]]


async def test_count_filter_wants_something_other_than_zero(venue):
    venue.trade("0.40", "10")
    venue.order(2, "bid", "0.50", "10")
    venue.order(1, "ask", "0.50", "10")
    assert (await venue.get("/portfolio/positions?count_filter=position"))["market_positions"] == []
    assert len((await venue.get("/portfolio/positions?count_filter=position,total_traded"))["market_positions"]) == 1
    assert (await venue.call("GET", "/portfolio/positions?count_filter=color")).status_code == 400


async def test_positions_default_to_the_primary_subaccount(venue):
    venue.do(c.CreateSubaccount(1), c.TransferBetweenSubaccounts(1, 0, 1, 25 * DOLLAR, "t"))
    venue.order(2, "ask", "0.40", "2")
    venue.order(1, "bid", "0.40", "2", subaccount=1)
    assert (await venue.get("/portfolio/positions"))["market_positions"] == []
    assert len((await venue.get("/portfolio/positions?subaccount=1"))["market_positions"]) == 1


# --- fills and settlements --------------------------------------------------------------------------


async def test_fill_shows_the_trade_from_its_members_side():
    venue = PrivateVenue(fees=True)
    maker = venue.order(2, "ask", "0.52", "1")
    taker = venue.order(1, "bid", "0.99", "1")
    (taken,) = (await venue.get("/portfolio/fills"))["fills"]
    (made,) = (await venue.get("/portfolio/fills", key=venue.second))["fills"]
    assert taken["trade_id"] == taken["fill_id"] == made["trade_id"]
    assert (taken["order_id"], made["order_id"]) == (uuid(taker), uuid(maker))
    assert (taken["is_taker"], made["is_taker"]) == (True, False)
    assert (taken["book_side"], taken["action"], taken["side"]) == ("bid", "buy", "yes")
    assert (made["book_side"], made["outcome_side"], made["action"]) == ("ask", "no", "sell")
    assert taken["yes_price_dollars"] == made["yes_price_dollars"] == "0.5200"
    assert (taken["fee_cost"], made["fee_cost"]) == ("0.017500", "0.000000")
    assert taken["ticker"] == taken["market_ticker"] == TICKER
    assert "client_order_id" not in taken


async def test_fills_are_paged_newest_first(venue):
    for price in ("0.40", "0.41", "0.42"):
        venue.trade(price, "1")
    pages = await venue.pages("/portfolio/fills?limit=2", "fills")
    assert [[fill["yes_price_dollars"] for fill in page] for page in pages] == [["0.4200", "0.4100"], ["0.4000"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"?ticker={TICKER},{OTHER}", 2),
        (f"?ticker={OTHER}", 1),
        ("?subaccount=1", 0),
        ("?exchange_index=3", 0),
        ("?order_id=nonsense", 0),
        ("?min_ts=1780000100", 0),
        ("?max_ts=1780000100", 2),
    ],
)
async def test_fill_filters(venue, query, found):
    venue.trade("0.40", "1")
    venue.trade("0.40", "1", OTHER)
    assert len((await venue.get(f"/portfolio/fills{query}"))["fills"]) == found


async def test_fills_beyond_memory_come_from_history(tmp_path):
    reader = SqlHistoryReader(Database(tmp_path / "h"))
    venue = PrivateVenue(window=3, history=reader)
    writer = HistoryWriter(Database(tmp_path / "h"), venue.views)
    await writer.open()
    prices = [f"0.{40 + number}" for number in range(6)]
    for price in prices:
        venue.trade(price, "1")
    for entry in venue.sink.records:
        writer.fold([entry])
    await writer.start()
    await writer.stop()
    pages = await venue.pages("/portfolio/fills?limit=2", "fills")
    assert [fill["yes_price_dollars"] for page in pages for fill in page] == [price + "00" for price in prices[::-1]]
    await reader.close()


async def test_settlement_record(venue):
    venue.trade("0.40", "10")
    venue.settle(MarketResult.YES)
    (won,) = (await venue.get("/portfolio/settlements"))["settlements"]
    (lost,) = (await venue.get("/portfolio/settlements", key=venue.second))["settlements"]
    assert won.pop("settled_time").endswith("Z")
    assert won == {
        "ticker": TICKER,
        "event_ticker": EVENT,
        "exchange_index": 0,
        "market_result": "yes",
        "yes_count_fp": "10.00",
        "yes_total_cost_dollars": "4.000000",
        "no_count_fp": "0.00",
        "no_total_cost_dollars": "0.000000",
        "revenue": 1000,
        "fee_cost": "0.000000",
        "value": 100,
    }
    assert (lost["no_count_fp"], lost["no_total_cost_dollars"], lost["revenue"]) == ("10.00", "6.000000", 0)


async def test_a_settlement_names_every_fee_paid_in_the_market():
    venue = PrivateVenue(fees=True)
    venue.trade("0.40", "10")
    venue.settle(MarketResult.YES)
    (taker,) = (await venue.get("/portfolio/settlements"))["settlements"]
    (maker,) = (await venue.get("/portfolio/settlements", key=venue.second))["settlements"]
    # 0.07 x 10 x 0.40 x 0.60
    assert (taker["fee_cost"], maker["fee_cost"]) == ("0.168000", "0.000000")


async def test_settlements_page_and_filter(venue):
    venue.trade("0.40", "10")
    venue.trade("0.40", "10", OTHER)
    venue.settle(MarketResult.YES)
    venue.settle(MarketResult.NO, ticker=OTHER)
    pages = await venue.pages("/portfolio/settlements?limit=1", "settlements")
    assert [[row["ticker"] for row in page] for page in pages] == [[OTHER], [TICKER]]
    assert len((await venue.get(f"/portfolio/settlements?ticker={TICKER}"))["settlements"]) == 1
    assert (await venue.get("/portfolio/settlements?event_ticker=KXNONE"))["settlements"] == []


# --- deposits and withdrawals -----------------------------------------------------------------------


async def test_deposits_are_cents_newest_first(venue):
    venue.do(c.Deposit(account_of(1), 12_34 * CENT))
    pages = await venue.pages("/portfolio/deposits?limit=1", "deposits")
    assert [[row["amount_cents"] for row in page] for page in pages] == [[1234], [100_000]]
    (deposit,) = pages[0]
    assert (deposit["status"], deposit["fee_cents"]) == ("applied", 0)
    assert deposit["finalized_ts"] == deposit["created_ts"]


async def test_withdrawals_are_positive(venue):
    venue.do(c.Withdraw(account_of(1), 30 * DOLLAR))
    (row,) = (await venue.get("/portfolio/withdrawals"))["withdrawals"]
    assert row["amount_cents"] == 3_000


async def test_deposit_limit_is_500(venue):
    assert (await venue.call("GET", "/portfolio/deposits?limit=501")).status_code == 400


@pytest.mark.parametrize("path", ["deposits", "withdrawals", "summary/total_resting_order_value"])
async def test_restricted_key_is_kept_out_of_cash(venue, path):
    key = venue.add_key(1, subaccount=0)
    assert (await venue.call("GET", f"/portfolio/{path}", key=key)).status_code == 403


async def test_v1_adds_the_integer_fields_of_old():
    venue = PrivateVenue(api_v1=True)
    venue.trade("0.40", "10")
    body = await venue.get("/portfolio/positions", key=venue.second)
    assert (body["market_positions"][0]["position"], body["market_positions"][0]["total_traded"]) == (-10, 600)
    assert body["event_positions"][0]["total_cost_shares"] == 10
    (fill,) = (await venue.get("/portfolio/fills"))["fills"]
    assert (fill["yes_price"], fill["count"], fill["price"], fill["yes_price_fixed"]) == (40, 10, 0.4, "0.4000")
    venue.settle(MarketResult.YES)
    (settlement,) = (await venue.get("/portfolio/settlements"))["settlements"]
    assert (settlement["yes_count"], settlement["yes_total_cost"]) == (10, 400)
