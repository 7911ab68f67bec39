"""The report card: a fold of the log's events into figures for each account. Integers only.

- A **maker**'s order rested, a **taker**'s came to it.
- **Profit** is realised by trades and settlements before fees; what is still held is marked at the middle of the best
  prices, else at the last trade.
- **Adverse selection** after 1, 10 and 60 seconds is how far the middle went against the maker of a fill by then.
- **Queue**: what stood before an order at its price when it joined, how long until its first fill, and how many of
  those that rested were ever filled.
"""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.report.levels import Levels
from wire.accounts import member_of, subaccount_of
from wire.engine_events import (
    AnyEvent,
    BalanceChanged,
    MarketCreated,
    MemberCreated,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderRejected,
    PositionSettled,
    Trade,
)
from wire.enums import BookSide
from wire.event_log import LogRecord
from wire.units import MICROS, PAYOUT

HORIZONS_S = (1, 10, 60)
MOST_POINTS = 400
"""Of a curve: when there are more, every second one goes and the rest stand twice as far apart."""


@dataclass(slots=True)
class AccountCard:
    """Counts in 1e-2 contracts, money in 1e-6 dollars, times in microseconds."""

    account: int
    name: str
    maker_count: int = 0
    taker_count: int = 0
    maker_value: int = 0
    taker_value: int = 0
    fees: int = 0
    realized: int = 0
    deposited: int = 0
    cash: int = 0
    orders: int = 0
    rested: int = 0
    rested_and_filled: int = 0
    canceled: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    ahead: list[int] = field(default_factory=list)
    """Counts before each order that rested, when it joined."""
    waited_us: list[int] = field(default_factory=list)
    """From resting to the first fill."""
    drift: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Horizon -> (count of maker fills seen, sum of twice the price's move against them times count)."""
    positions: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Ticker -> (signed position, what it cost)."""

    def unrealized(self, books: dict[str, Levels]) -> int:
        """What the open positions would bring beyond their cost at today's marks; unmarked ones nothing."""
        total = 0
        for ticker, (position, cost) in self.positions.items():
            mark2 = books[ticker].mark2() if ticker in books else -1
            if position and mark2 >= 0:
                leg2 = mark2 if position > 0 else 2 * PAYOUT - mark2
                total += abs(position) * leg2 // 2 - cost
        return total

    def adverse_per_contract(self, horizon_s: int) -> int | None:
        """In 1e-4 dollars for a contract, rounded down; positive is against the maker. None without fills."""
        count, moved2 = self.drift.get(horizon_s, (0, 0))
        return moved2 // (2 * count) if count else None


@dataclass(frozen=True, slots=True)
class _Fill:
    due_us: int
    horizon_s: int
    account: int
    sign: int
    price: int
    count: int


@dataclass(slots=True)
class _Resting:
    account: int
    since_us: int
    filled: bool = False


class Card:
    """`fold` every record in order, then `finish`."""

    def __init__(self) -> None:
        self.seq = 0
        self.first_us = 0
        self.last_us = 0
        self.trades = 0
        self.markets = 0
        self.books: dict[str, Levels] = {}
        self.accounts: dict[int, AccountCard] = {}
        self.curve: list[tuple[int, dict[int, int]]] = []
        """(time, account -> profit after fees, open positions marked)."""
        self._step_us = MICROS // 10
        self._names: dict[int, str] = {}
        self._resting: dict[int, _Resting] = {}
        self._waiting: dict[tuple[str, int], deque[_Fill]] = {}

    def fold(self, record: LogRecord) -> None:
        if not self.seq:
            self.first_us = record.ts_us
        if not self.curve or record.ts_us - self.curve[-1][0] >= self._step_us:
            self._sample(record.ts_us)
        self.seq, self.last_us = record.seq, record.ts_us
        for event in record.events:
            ticker = getattr(event, "ticker", "")
            if ticker:
                self._judge(ticker, record.ts_us)
            self._take(event, record.ts_us)
            if ticker:
                self.books.setdefault(ticker, Levels()).fold(event)

    def finish(self) -> "Card":
        """The end of the log: fills whose horizon lies behind it stay unjudged."""
        for ticker in {ticker for ticker, _ in self._waiting}:
            self._judge(ticker, self.last_us + 1)
        if self.seq:
            self._sample(self.last_us)
        return self

    def traders(self) -> list[AccountCard]:
        """Accounts that did anything but hold money, by volume."""
        active = [one for one in self.accounts.values() if one.orders or one.rejects or one.maker_count]
        return sorted(active, key=lambda one: (-one.maker_count - one.taker_count, one.account))

    # --- events -------------------------------------------------------------------------------------

    def _take(self, event: AnyEvent, ts_us: int) -> None:
        match event:
            case Trade():
                self._trade(event, ts_us)
            case OrderAccepted():
                card = self._card(event.account)
                card.orders += 1
                if event.resting_count:
                    card.ahead.append(self._at(event.ticker, event.side, event.price))
                    self._rests(card, event.order_id, ts_us)
            case OrderAmended():
                if event.resting_count and not event.kept_queue_place:
                    card = self._card(event.account)
                    own = event.old_resting_count if event.old_price == event.price else 0
                    card.ahead.append(self._at(event.ticker, event.side, event.price) - own)
                    self._rests(card, event.order_id, ts_us)
            case OrderCanceled():
                self._card(event.account).canceled += 1
                self._resting.pop(event.order_id, None)
            case OrderRejected():
                self._card(event.account).rejects[str(event.reason)] += 1
            case PositionSettled():
                card = self._card(event.account)
                card.realized += event.realized
                card.cash = event.cash
                card.positions.pop(event.ticker, None)
            case BalanceChanged():
                card = self._card(event.account)
                card.cash = event.cash
                card.deposited += event.amount
            case MemberCreated():
                self._names[event.member] = event.name
            case MarketCreated():
                self.markets += 1
            case _:
                pass

    def _trade(self, event: Trade, ts_us: int) -> None:
        self.trades += 1
        maker, taker = self._card(event.maker_account), self._card(event.taker_account)
        value = event.price * event.count
        maker.maker_count += event.count
        maker.maker_value += value
        maker.fees += event.maker_fee
        maker.realized += event.maker_realized
        maker.cash = event.maker_cash
        maker.positions[event.ticker] = (event.maker_position, event.maker_cost)
        taker.taker_count += event.count
        taker.taker_value += value
        taker.fees += event.taker_fee
        taker.realized += event.taker_realized
        taker.cash = event.taker_cash
        taker.positions[event.ticker] = (event.taker_position, event.taker_cost)
        resting = self._resting.get(event.maker_order_id)
        if resting is not None and not resting.filled:
            resting.filled = True
            maker.rested_and_filled += 1
            maker.waited_us.append(ts_us - resting.since_us)
        if not event.maker_remaining:
            self._resting.pop(event.maker_order_id, None)
        sign = 1 if event.maker_side is BookSide.BID else -1
        for horizon in HORIZONS_S:
            fill = _Fill(ts_us + horizon * MICROS, horizon, maker.account, sign, event.price, event.count)
            self._waiting.setdefault((event.ticker, horizon), deque()).append(fill)

    def _at(self, ticker: str, side: BookSide, price: int) -> int:
        """What stands at a price before the event at hand."""
        book = self.books.get(ticker)
        return 0 if book is None else book.at(side, price)

    def _rests(self, card: AccountCard, order_id: int, ts_us: int) -> None:
        if order_id not in self._resting:
            card.rested += 1
            self._resting[order_id] = _Resting(card.account, ts_us)

    def _judge(self, ticker: str, ts_us: int) -> None:
        """Before the book changes at `ts_us`: fills whose time has come are seen at the book as it still is."""
        mark2 = None
        for horizon in HORIZONS_S:
            waiting = self._waiting.get((ticker, horizon))
            while waiting and waiting[0].due_us < ts_us:
                fill = waiting.popleft()
                if mark2 is None:
                    mark2 = self.books[ticker].mark2()
                card = self.accounts[fill.account]
                count, moved2 = card.drift.get(horizon, (0, 0))
                against2 = fill.sign * (2 * fill.price - mark2) * fill.count
                card.drift[horizon] = (count + fill.count, moved2 + against2)

    # --- parts --------------------------------------------------------------------------------------

    def _card(self, account: int) -> AccountCard:
        card = self.accounts.get(account)
        if card is None:
            name = self._names.get(member_of(account), f"member {member_of(account)}")
            subaccount = subaccount_of(account)
            card = AccountCard(account, f"{name}/{subaccount}" if subaccount else name)
            self.accounts[account] = card
        return card

    def _sample(self, ts_us: int) -> None:
        profits = {
            number: card.realized - card.fees + card.unrealized(self.books)
            for number, card in self.accounts.items()
            if card.maker_count or card.taker_count
        }
        self.curve.append((ts_us, profits))
        if len(self.curve) > MOST_POINTS:
            del self.curve[1::2]
            self._step_us *= 2


def fold_all(records: Iterable[LogRecord]) -> Card:
    """The card of a whole log."""
    card = Card()
    for record in records:
        card.fold(record)
    return card.finish()


def median(values: list[int]) -> int | None:
    """The lower middle one, None of nothing."""
    return sorted(values)[(len(values) - 1) // 2] if values else None
