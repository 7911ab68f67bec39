"""An account's desk: looks at books, names orders, carries actions out and counts what is refused.

Two ways to look. Fed: the feed keeps books and own orders up to date. Polled: each look asks the venue, which is
what makes a lockstep run repeatable, because nothing arrives by itself.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol

from market_maker.account import Account
from market_maker.differ import Action, Amend, Cancel, Create
from market_maker.quotes import OwnOrder
from market_maker.reconcile import reconcile
from market_maker.venue.port import Acknowledged, NewOrder, RateLimited, Refused, Uncertain, Venue
from wire.enums import TimeInForce
from wire.level_book import LevelBook

NOT_FOUND = "not_found"
NO_FAULT = (NOT_FOUND, "market_inactive", "cannot_update_filled_order")
"""Refusals of what was right a moment before: an order has ended, a market rests."""

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
        self._look = look
        self._is_reconciling = False
        self._run = run
        self.refused: Counter[str] = Counter()
        self.sent = 0
        self.last_refusal = ""
        self.on_refusal: Callable[[str], None] = lambda code: None
        self._names = 0

    def next_name(self) -> str:
        self._names += 1
        return f"{self.prefix}{self._run}-{self._names}"

    async def look(self, ticker: str) -> LevelBook | None:
        """The market's book, None when that or the own account is not to be believed now. Raises VenueError."""
        if self.account.is_stale:
            if self._is_reconciling:
                return None
            self._is_reconciling = True
            try:
                await reconcile(self.venue, self.account)
            finally:
                self._is_reconciling = False
        return await self._look(ticker)

    async def place(self, order: NewOrder) -> Acknowledged | None:
        """Place one order; None when it was refused. Raises Uncertain and RateLimited."""
        self.sent += 1
        try:
            return await self._create(order)
        except Uncertain:
            # Of an order that does not rest only its answer is heard.
            self.account.is_stale |= order.time_in_force is not TimeInForce.GOOD_TILL_CANCELED
            raise
        except Refused as refusal:
            self._count(refusal)
            self._blame(refusal)
            return None

    async def carry_out(
        self, actions: Iterable[Action], ticker: str, limit: int, expires_us: int = 0, group: str = ""
    ) -> bool:
        """Every action in its order; False when the market turns out to be over. Raises Uncertain and RateLimited.

        `limit` bounds the position, as a Count. The actions were thought of together, and things happen between
        them: one is left out when its order is over, or when there is no longer room for it.
        """
        for action in actions:
            if not self._still_fits(action, ticker, limit):
                continue
            self.sent += 1
            try:
                await self._carry_out(action, ticker, expires_us, group)
            except Refused as refusal:
                self._count(refusal)
                if isinstance(action, Create) or not await self._has_changed(action.order):
                    self._blame(refusal)
                if refusal.code in MARKET_OVER:
                    return False
        return True

    def _still_fits(self, action: Action, ticker: str, limit: int) -> bool:
        match action:
            case Create(quote):
                side, more = quote.side, quote.count
            case Amend(order, _, count):
                side, known = order.side, self.account.orders.get(order.order_id)
                if known is None:
                    return False
                more = order.filled + count - known.filled - known.remaining
            case Cancel(order):
                return order.order_id in self.account.orders
        return more <= 0 or self.account.worst(ticker, side, self.prefix) + more <= limit

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
            case Cancel(order):
                self.account.canceled(order, await self.venue.cancel(order, self.next_name()))

    async def _create(self, order: NewOrder) -> Acknowledged:
        self.account.expect(order.client_order_id)
        try:
            answer = await self.venue.create(order)
        except Refused:
            self.account.refused(order.client_order_id)
            raise
        self.account.created(order, answer)
        return answer

    async def _has_changed(self, order: OwnOrder) -> bool:
        """Ask what has become of an order; whether it is another than it was thought to be."""
        try:
            now, is_resting = await self.venue.order(order.order_id)
        except Refused as refusal:
            if refusal.code != NOT_FOUND:
                raise
            self.account.forget(order)
            return True
        self.account.heard(now, is_resting, 0)
        return not is_resting or (now.filled, now.remaining) != (order.filled, order.remaining)

    def _count(self, refusal: Refused) -> None:
        self.refused[refusal.code] += 1
        self.last_refusal = str(refusal)
        if isinstance(refusal, RateLimited):
            raise refusal

    def _blame(self, refusal: Refused) -> None:
        if refusal.code not in NO_FAULT:
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
