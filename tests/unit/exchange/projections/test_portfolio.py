"""Money and positions: recordings auth__balance_ok and portfolio positions, SEMANTICS C2."""

import pytest

from exchange.core import commands as c
from exchange.projections.portfolio import Portfolio
from exchange.projections.portfolio_records import FillFilter, SettlementFilter
from tests.unit.exchange.private_venue import EVENT, OTHER, TICKER, PrivateVenue, whole
from wire.accounts import account_of
from wire.enums import BookSide, MarketResult
from wire.units import DOLLAR

FIRST, SECOND = account_of(1), account_of(2)


@pytest.fixture
def venue():
    return PrivateVenue()


def test_recorded_position_adds_up():
    """2 at .99 and 1 at .52: total_traded 2.500000, fees .0189 for one each of .0007 and .0175 (SEMANTICS C2)."""
    venue = PrivateVenue(fees=True)
    venue.trade("0.99", "1")
    venue.trade("0.99", "1")
    venue.trade("0.52", "1")
    position = venue.views.portfolio.position(FIRST, TICKER)
    assert (position.position, position.total_traded, position.cost) == (whole(3), 2_500_000, 2_500_000)
    assert position.fees == 18_900


def test_no_position_is_negative_and_costs_its_own_leg(venue):
    venue.trade("0.30", "2")
    position = venue.views.portfolio.position(SECOND, TICKER)
    assert (position.position, position.cost, position.total_traded) == (-whole(2), 1_400_000, 1_400_000)


def test_closing_spends_nothing_and_realizes(venue):
    venue.trade("0.40", "10")
    venue.order(2, "bid", "0.55", "4")
    venue.order(1, "ask", "0.55", "4")
    position = venue.views.portfolio.position(FIRST, TICKER)
    assert (position.position, position.cost) == (whole(6), 2_400_000)
    assert (position.total_traded, position.realized) == (4_000_000, 600_000)
    assert position.volume == whole(14)


def test_flip_spends_only_on_what_opens(venue):
    venue.trade("0.40", "3")
    venue.order(2, "bid", "0.60", "5")
    venue.order(1, "ask", "0.60", "5")
    position = venue.views.portfolio.position(FIRST, TICKER)
    assert position.position == -whole(2)
    assert position.total_traded == 1_200_000 + 2 * 400_000


def test_fee_cost_goes_with_what_is_closed():
    venue = PrivateVenue(fees=True)
    venue.trade("0.50", "10")
    opened = venue.views.portfolio.position(FIRST, TICKER)
    assert opened.fee_cost == opened.fees == 175_000
    venue.order(2, "bid", "0.50", "4")
    venue.order(1, "ask", "0.50", "4")
    assert opened.fee_cost == 105_000


def test_cash_follows_the_engine(venue):
    venue.trade("0.40", "10")
    assert venue.views.portfolio.account(FIRST).cash == 996 * DOLLAR
    assert venue.views.portfolio.account(SECOND).cash == 994 * DOLLAR
    assert venue.views.portfolio.account(FIRST).updated_us == venue.clock.us


def test_resting_orders_do_not_reduce_cash(venue):
    venue.order(1, "bid", "0.40", "10")
    assert venue.views.portfolio.account(FIRST).cash == 1_000 * DOLLAR


def test_each_side_of_a_trade_has_a_fill(venue):
    venue.trade("0.40", "10")
    (taken,) = venue.views.portfolio.select_fills(FillFilter(1), 10)
    (made,) = venue.views.portfolio.select_fills(FillFilter(2), 10)
    assert (taken.is_taker, taken.side, taken.price, taken.count) == (True, BookSide.BID, 4_000, whole(10))
    assert (made.is_taker, made.side, made.price, made.count) == (False, BookSide.ASK, 4_000, whole(10))
    assert (taken.seq, taken.place) == (made.seq, made.place)


def test_fills_are_newest_first_and_filtered(venue):
    venue.trade("0.40", "1")
    venue.trade("0.41", "2", OTHER)
    venue.trade("0.42", "3")
    portfolio = venue.views.portfolio

    def counts(**wanted):
        return [fill.count // 100 for fill in portfolio.select_fills(FillFilter(1, **wanted), 10)]

    newest, _, oldest = portfolio.select_fills(FillFilter(1), 10)
    assert counts() == [3, 2, 1]
    assert counts(tickers=frozenset((OTHER,))) == [2]
    assert counts(order_id=oldest.order_id) == [1]
    assert counts(before=newest.key) == [2, 1]
    assert counts(min_us=newest.ts_us) == [3]
    assert counts(max_us=oldest.ts_us) == [1]
    assert counts(subaccount=1) == []


# --- settlement -------------------------------------------------------------------------------------


def test_winner_is_paid_and_the_position_is_gone(venue):
    venue.trade("0.40", "10")
    venue.settle(MarketResult.YES)
    portfolio = venue.views.portfolio
    position = portfolio.position(FIRST, TICKER)
    assert (position.position, position.cost, position.realized) == (0, 0, 6 * DOLLAR)
    assert portfolio.is_settled(position)
    assert portfolio.account(FIRST).cash == 1_006 * DOLLAR
    assert portfolio.account(SECOND).cash == 994 * DOLLAR


def test_settlement_record_shows_what_was_held(venue):
    venue.trade("0.40", "10")
    venue.settle(MarketResult.NO)
    (lost,) = venue.views.portfolio.select_settlements(SettlementFilter(1), 10)
    (won,) = venue.views.portfolio.select_settlements(SettlementFilter(2), 10)
    assert (lost.position, lost.cost, lost.payout, lost.result) == (whole(10), 4 * DOLLAR, 0, MarketResult.NO)
    assert (won.position, won.cost, won.payout) == (-whole(10), 6 * DOLLAR, 10 * DOLLAR)
    assert (lost.event_ticker, lost.value) == (EVENT, 0)


def test_settlement_filters(venue):
    venue.trade("0.40", "10")
    venue.trade("0.40", "5", OTHER)
    venue.settle(MarketResult.NO)
    venue.settle(MarketResult.YES, ticker=OTHER)

    def found(**wanted):
        return [row.ticker for row in venue.views.portfolio.select_settlements(SettlementFilter(1, **wanted), 10)]

    newest = venue.views.portfolio.select_settlements(SettlementFilter(1), 1)[0]
    assert found() == [OTHER, TICKER]
    assert found(ticker=TICKER) == [TICKER]
    assert found(event_ticker="KXNONE") == []
    assert found(before=newest.key) == [TICKER]
    assert found(max_us=newest.ts_us - 1) == [TICKER]
    assert found(subaccount=3) == []


# --- money outside trading --------------------------------------------------------------------------


def test_deposits_and_withdrawals_are_listed(venue):
    venue.do(c.Withdraw(FIRST, 30 * DOLLAR))
    assert [row.amount for row in venue.views.portfolio.deposits(1)] == [1_000 * DOLLAR]
    assert [row.amount for row in venue.views.portfolio.withdrawals(1)] == [30 * DOLLAR]
    assert venue.views.portfolio.account(FIRST).cash == 970 * DOLLAR


def test_transfer_is_one_record_and_moves_cash(venue):
    venue.do(c.CreateSubaccount(1), c.TransferBetweenSubaccounts(1, 0, 1, 25 * DOLLAR, "t"))
    (transfer,) = venue.views.portfolio.transfers(1)
    assert (transfer.from_account, transfer.to_account, transfer.amount) == (FIRST, account_of(1, 1), 25 * DOLLAR)
    assert [account.cash for account in venue.views.portfolio.accounts(1)] == [975 * DOLLAR, 25 * DOLLAR]


def test_new_subaccount_inherits_netting(venue):
    venue.do(c.SetNetting(FIRST, True), c.CreateSubaccount(1), c.SetNetting(FIRST, False))
    assert [account.netting for account in venue.views.portfolio.accounts(1)] == [False, True]


def test_member_with_all_subaccounts_has_64(venue):
    venue.do(*(c.CreateSubaccount(1) for _ in range(63)))
    assert len(venue.views.portfolio.accounts(1)) == 64


# --- memory -----------------------------------------------------------------------------------------


def test_fills_beyond_the_window_leave_once_history_has_them():
    venue = PrivateVenue(window=4)
    for price in ("0.40", "0.41", "0.42", "0.43"):
        venue.trade(price, "1")
    portfolio = venue.views.portfolio
    portfolio.evict(0)
    assert len(portfolio.select_fills(FillFilter(1), 10)) == 4
    portfolio.evict(venue.views.seq)
    assert portfolio.fills.evicted
    assert [fill.price for fill in portfolio.select_fills(FillFilter(1), 10)] == [4_300, 4_200]
    assert [fill.price for fill in portfolio.select_fills(FillFilter(2), 10)] == [4_300, 4_200]


def test_dump_and_load_give_the_same_projection(venue):
    venue.trade("0.40", "10")
    venue.trade("0.60", "2", OTHER)
    venue.do(c.CreateSubaccount(1), c.TransferBetweenSubaccounts(1, 0, 1, 25 * DOLLAR, "t"))
    venue.settle(MarketResult.YES)
    again = Portfolio()
    again.load(venue.views.portfolio.dump())
    assert again.dump() == venue.views.portfolio.dump()
    assert again.position(FIRST, OTHER).fields() == venue.views.portfolio.position(FIRST, OTHER).fields()
