"""The report card against runs small enough to reckon by hand: prices in 1e-4 $, counts in 1e-2, money in 1e-6 $."""

import re
from xml.etree import ElementTree as ET

import pytest

from exchange.core import commands as c
from exchange.core.engine import Engine
from sandbox.report.card import Card, median
from sandbox.report.facts import Checked, as_json, contracts, dollars, rejects
from sandbox.report.page import page
from wire.accounts import account_of
from wire.enums import BookSide, FeeType, MarketResult, SelfTradePrevention, TimeInForce
from wire.event_log import record
from wire.units import DOLLAR, MICROS

ALICE, BOB, CAROL = (account_of(member) for member in (1, 2, 3))
T0 = 1_780_000_000 * MICROS
TICKER = "KXR-26-A"


class Run:
    """A market, three members with $100 each, and a card that folds what happens, at `at` seconds."""

    def __init__(self):
        self.engine, self.card, self.at = Engine(), Card(), 0
        for member, name in ((1, "alice"), (2, "bob"), (3, "carol")):
            self.do(c.CreateMember(member, name))
            self.do(c.Deposit(account_of(member), 100 * DOLLAR))
        self.do(c.CreateSeries("KXR", FeeType.QUADRATIC, 0, b"{}"))
        self.do(c.CreateEvent("KXR-26", "KXR", False, "", b"{}"))
        self.do(c.CreateMarket(TICKER, "KXR-26", T0, T0 + 86_400 * MICROS, 0, "linear_cent", (), b"{}"))

    def do(self, command):
        now_us = T0 + self.at * MICROS
        seq = self.engine.state.seq + 1
        events = self.engine.apply(command, seq, now_us)
        self.card.fold(record(0, seq, now_us, tuple(events)))
        return seq

    def order(self, account, side, price, count, time_in_force=TimeInForce.GOOD_TILL_CANCELED):
        stp = SelfTradePrevention.TAKER_AT_CROSS
        return self.do(c.CreateOrder(account, TICKER, side, price, count, time_in_force, stp))

    def finish(self):
        card = self.card.finish()
        return card, {one.name: one for one in card.traders()}


@pytest.fixture
def run():
    return Run()


def test_volume_is_the_makers_and_the_takers(run):
    run.order(ALICE, BookSide.ASK, 4_000, 1_000)
    run.order(BOB, BookSide.BID, 4_000, 300)
    _, by = run.finish()
    assert (by["alice"].maker_count, by["alice"].taker_count) == (300, 0)
    assert (by["bob"].maker_count, by["bob"].taker_count) == (0, 300)
    assert by["bob"].taker_value == 4_000 * 300


def test_an_open_position_is_marked_at_the_middle(run):
    run.order(ALICE, BookSide.ASK, 4_000, 1_000)
    run.order(BOB, BookSide.BID, 4_000, 1_000)
    run.order(CAROL, BookSide.BID, 5_000, 100)
    run.order(CAROL, BookSide.ASK, 5_200, 100)
    card, by = run.finish()
    # Ten contracts bought at 40 cents, the middle is 51: 1.10 dollars for the one, against the other.
    assert by["bob"].unrealized(card.books) == 1_100_000
    assert by["alice"].unrealized(card.books) == -1_100_000


def test_a_settlement_realises_what_was_paid(run):
    run.order(ALICE, BookSide.ASK, 4_000, 1_000)
    run.order(BOB, BookSide.BID, 4_000, 1_000)
    run.do(c.SetCloseTime(TICKER, 0))
    run.do(c.DetermineMarket(TICKER, MarketResult.YES))
    run.do(c.SettleMarket(TICKER))
    card, by = run.finish()
    assert (by["bob"].realized, by["alice"].realized) == (6 * DOLLAR, -6 * DOLLAR)
    assert by["bob"].unrealized(card.books) == 0


def test_money_that_came_in_is_cash_cost_fees_and_profit(run):
    run.do(c.ScheduleSeriesFee("KXR", FeeType.QUADRATIC, 10_000, T0 + MICROS))
    run.at = 2
    run.do(c.AdvanceTime())
    run.order(ALICE, BookSide.ASK, 4_000, 1_000)
    run.order(BOB, BookSide.BID, 4_000, 700)
    run.order(CAROL, BookSide.BID, 3_500, 500)
    run.order(BOB, BookSide.ASK, 3_500, 200)
    _, by = run.finish()
    assert sum(one.fees for one in by.values()) > 0
    for one in by.values():
        cost = sum(cost for _, cost in one.positions.values())
        assert one.cash + cost == one.deposited + one.realized - one.fees, one.name


def test_adverse_selection_is_what_the_middle_moved_against_the_maker_by_then(run):
    run.order(CAROL, BookSide.ASK, 4_600, 100)
    run.order(ALICE, BookSide.BID, 4_400, 1_000)
    run.order(BOB, BookSide.ASK, 4_400, 1_000, TimeInForce.IMMEDIATE_OR_CANCEL)
    run.order(CAROL, BookSide.BID, 4_400, 100)  # the middle is 45 cents again
    run.at = 5
    run.order(CAROL, BookSide.ASK, 4_500, 100)  # 44.5
    run.at = 30
    run.do(c.AdvanceTime())
    run.at = 61
    run.do(c.SetCloseTime(TICKER, T0 + 90_000 * MICROS))
    card, by = run.finish()
    assert card.last_us == T0 + 61 * MICROS
    # Alice bought at 44: a second later the middle was 45, from the fifth second on 44.5.
    assert by["alice"].adverse_per_contract(1) == -100
    assert by["alice"].adverse_per_contract(10) == -50
    assert by["alice"].adverse_per_contract(60) == -50


def test_a_fill_whose_time_had_not_come_is_not_judged(run):
    run.order(ALICE, BookSide.BID, 4_400, 100)
    run.order(BOB, BookSide.ASK, 4_400, 100)
    run.at = 3
    run.do(c.AdvanceTime())
    _, by = run.finish()
    assert by["alice"].adverse_per_contract(1) == 0
    assert by["alice"].adverse_per_contract(10) is None


def test_the_queue_tells_what_stood_before_and_how_long_it_took(run):
    run.order(CAROL, BookSide.BID, 4_000, 500)
    run.order(ALICE, BookSide.BID, 4_000, 100)
    run.order(ALICE, BookSide.BID, 3_900, 100)
    run.at = 7
    run.order(BOB, BookSide.ASK, 4_000, 600)
    _, by = run.finish()
    assert by["alice"].ahead == [500, 0]
    assert (by["alice"].rested, by["alice"].rested_and_filled) == (2, 1)
    assert by["alice"].waited_us == [7 * MICROS]


def test_refusals_are_counted_by_reason(run):
    run.order(BOB, BookSide.BID, 4_000, 100_000_00)
    run.order(BOB, BookSide.BID, 4_000, 100_000_00)
    card, by = run.finish()
    assert by["bob"].rejects.total() == 2
    assert [count for _, count in rejects(card)] == [2]


def test_the_curve_stays_short_however_long_the_run(run):
    run.order(ALICE, BookSide.ASK, 4_000, 1_000)
    run.order(BOB, BookSide.BID, 4_000, 100)
    for second in range(1, 2_000):
        run.at = second
        run.do(c.AdvanceTime())
    card, _ = run.finish()
    assert len(card.curve) <= 402
    assert [at for at, _ in card.curve] == sorted(at for at, _ in card.curve)


def test_the_page_is_whole_and_asks_nobody_for_anything(run):
    run.order(ALICE, BookSide.ASK, 4_000, 1_000)
    run.order(BOB, BookSide.BID, 4_000, 100)
    run.at = 90
    run.do(c.AdvanceTime())
    card, _ = run.finish()
    html = page(card, Checked("ab" * 32, ()), "<here>")
    assert "&lt;here&gt;" in html
    assert not re.search(r"(?:src|href)=|url\(|@import|<script", html)
    drawings = re.findall(r"<svg.*?</svg>", html)
    assert drawings
    for drawing in drawings:
        ET.fromstring(drawing)


def test_a_page_of_nothing_is_a_page(run):
    card, _ = run.finish()
    assert "Nobody traded." in page(card, Checked("", ("a rule is broken",)), "")
    assert as_json(card, Checked("", ()))["accounts"] == []


@pytest.mark.parametrize(
    ("money", "text"), [(1_234_567_890, "1,234.57"), (-5_000, "-0.01"), (-4_999, "0.00"), (0, "0.00")]
)
def test_dollars_are_rounded_to_cents(money, text):
    assert dollars(money) == text


def test_contracts_show_hundredths_only_where_there_are_any():
    assert (contracts(123_400), contracts(150)) == ("1,234", "1.50")


def test_a_median_is_the_lower_middle():
    assert (median([]), median([5, 1, 9, 3]), median([2, 1, 3])) == (None, 3, 2)
