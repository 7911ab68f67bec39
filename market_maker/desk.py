"""An account's desk: looks at books, names orders, carries actions out and counts what is refused.

Two ways to look. Fed: the feed keeps books and own orders up to date. Polled: each look asks the venue, which is
what makes a lockstep run repeatable, because nothing arrives by itself.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

from market_maker.account import Account
from market_maker.differ import Action, Amend, Cancel, Create, Decrease
from market_maker.venue.port import Acknowledged, NewOrder, RateLimited, Refused, Venue
from wire.level_book import LevelBook

GONE = ("not_found", "market_inactive", "cannot_update_filled_order")
"""Refusals that say an order is not there any more: the news of it are on their way."""

MARKET_OVER = ("market_closed", "market_not_found", "market_already_closed")


class Look(Protocol):
    async def __call__(self, ticker: str) -> LevelBook | None:
        """The market's book, None when there is none to be believed now."""
        ...


class Desk:
    """`prefix` begins the client_order_id of every order of ours, in any run; `run` sets this run's apart.

    An id that was ever used cannot be used again (SEMANTICS B6).
    """

    def __init__(self, venue: Venue, account: Account, prefix: str, run: str, look: Look) -> None:
        self.venue = venue
        self.account = account
        self.prefix = prefix
        self.look = look
        self._run = run
        self.refused: Counter[str] = Counter()
        self.sent = 0
        self.last_refusal = ""
        self.on_refusal: Callable[[str], None] = lambda code: None
        self._names = 0

    def next_name(self) -> str:
        self._names += 1
        return f"{self.prefix}{self._run}-{self._names}"

    async def place(self, order: NewOrder) -> Acknowledged | None:
        """Place one order; None when it was refused. Raises Uncertain and RateLimited."""
        self.sent += 1
        try:
            return await self._create(order)
        except Refused as refusal:
            self._count(refusal)
            return None

    async def carry_out(self, actions: Iterable[Action], ticker: str, expires_us: int = 0, group: str = "") -> bool:
        """Every action in its order; False when the market turns out to be over. Raises Uncertain and RateLimited."""
        for action in actions:
            self.sent += 1
            try:
                await self._carry_out(action, ticker, expires_us, group)
            except Refused as refusal:
                self._count(refusal)
                if refusal.code in MARKET_OVER:
                    return False
                if refusal.code in GONE and not isinstance(action, Create):
                    self.account.forget(action.order)
        return True

    async def _carry_out(self, action: Action, ticker: str, expires_us: int, group: str) -> None:
        match action:
            case Create(quote):
                order = NewOrder(
                    ticker=ticker,
                    side=quote.side,
                    price=quote.price,
                    count=quote.count,
                    client_order_id=self.next_name(),
                    post_only=True,
                    expires_us=expires_us,
                    group=group,
                )
                await self._create(order)
            case Amend(order, price, count):
                answer = await self.venue.amend(order, price, count, self.next_name(), expires_us)
                self.account.amended(order, price, answer, expires_us)
            case Decrease(order, count):
                await self.venue.decrease(order, count, self.next_name())
                self.account.decreased(order, count)
            case Cancel(order):
                await self.venue.cancel(order, self.next_name())
                self.account.forget(order)

    async def _create(self, order: NewOrder) -> Acknowledged:
        self.account.expect(order.client_order_id)
        try:
            answer = await self.venue.create(order)
        except Refused:
            self.account.refused(order.client_order_id)
            raise
        self.account.created(order, answer)
        return answer

    def _count(self, refusal: Refused) -> None:
        self.refused[refusal.code] += 1
        self.last_refusal = str(refusal)
        if isinstance(refusal, RateLimited):
            raise refusal
        if refusal.code not in GONE:
            self.on_refusal(refusal.code)


def asked(venue: Venue) -> Look:
    """A look that asks for the book only: for who rests nothing, answers say everything about the own position."""

    async def look(ticker: str) -> LevelBook | None:
        return await venue.book(ticker)

    return look


def polled(venue: Venue, account: Account) -> Look:
    """A look that asks for own orders, position and book, in this order."""

    async def look(ticker: str) -> LevelBook | None:
        orders = await venue.resting((ticker,))
        positions = await venue.positions((ticker,))
        account.replace(orders, {name: position.count for name, position in positions.items()}, (ticker,))
        return await venue.book(ticker)

    return look
