"""A fill that is quicker than its cancel: somebody takes the order just before.

The somebody is a member called `chaos`, made at the first race, with as much money as each race takes. It takes what
stands before the order too, as any taker would have to.
"""

from collections.abc import Callable, Mapping, Sequence

from exchange.core.commands import AnyCommand, CreateMember, CreateOrder, Deposit
from exchange.projections.order_record import OrderRecord
from exchange.projections.views import Projections
from wire.accounts import account_of
from wire.enums import BookSide, OrderStatus, SelfTradePrevention, TimeInForce
from wire.units import CONTRACT, DOLLAR, PAYOUT

CHAOS_MEMBER = "chaos"


class Race:
    """Makes the commands; who asked for the cancel is checked by the door."""

    def __init__(self, views: Projections, members: Callable[[], Mapping[str, int]]) -> None:
        self._views = views
        self._members = members

    def fill(self, order: OrderRecord) -> Sequence[AnyCommand]:
        """What fills a resting order completely; nothing for one that does not rest."""
        if order.status is not OrderStatus.RESTING:
            return ()
        book = self._views.books.book(order.ticker)
        own_leg = order.price if order.side is BookSide.BID else PAYOUT - order.price
        levels = book.levels("yes" if order.side is BookSide.BID else "no")
        better = sum(count for price, count in levels if price > own_leg)
        count = better + self._views.orders.queue_position(order) + order.remaining_count
        members = self._members()
        member = members.get(CHAOS_MEMBER)
        commands: list[AnyCommand] = []
        if member is None:
            member = max(members.values(), default=0) + 1
            commands.append(CreateMember(member, CHAOS_MEMBER))
        account = account_of(member)
        taker_side = BookSide.ASK if order.side is BookSide.BID else BookSide.BID
        return [
            *commands,
            Deposit(account, -(-count // CONTRACT) * 2 * DOLLAR),
            CreateOrder(
                account,
                order.ticker,
                taker_side,
                order.price,
                count,
                TimeInForce.IMMEDIATE_OR_CANCEL,
                SelfTradePrevention.TAKER_AT_CROSS,
            ),
        ]
