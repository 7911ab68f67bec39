"""A venue written by hand: one member's orders rest and fill when told to; every call is noted down."""

from market_maker.price_grid import PriceGrid
from market_maker.quotes import OwnOrder
from market_maker.venue.port import Acknowledged, Market, Refused
from wire.enums import BookSide, MarketStatus, TimeInForce
from wire.level_book import LevelBook
from wire.units import MICROS, PAYOUT

START_US = 1_790_000_000 * MICROS
CENTS = PriceGrid.of_dollars([("0", "1", "0.01")])


def market(ticker="T", close_us=START_US + 3_600 * MICROS):
    return Market(
        ticker=ticker, grid=CENTS, open_us=START_US, close_us=close_us, status=MarketStatus.ACTIVE, last_price=0
    )


class FakeVenue:
    """Markets with a bid and an ask of somebody else, 4800 and 5200, that give what is taken from them."""

    cancels_on_disconnect = False

    def __init__(self, tickers=("T",)):
        self.calls = []
        self.rows = {}
        self.known = [market(ticker) for ticker in tickers]
        self.refuse = {}
        """Call name -> the exception it raises."""
        self._ids = 0

    async def open(self):
        pass

    async def close(self):
        pass

    async def markets(self):
        return self.known

    async def book(self, ticker):
        yes, no = {4_800: 5_000}, {PAYOUT - 5_200: 5_000}
        for row in self.rows.values():
            levels, price = (yes, row.price) if row.side is BookSide.BID else (no, PAYOUT - row.price)
            levels[price] = levels.get(price, 0) + row.remaining
        book = LevelBook()
        book.replace(list(yes.items()), list(no.items()), 0)
        return book

    async def resting(self, tickers=()):
        return [row for row in self.rows.values() if not tickers or row.ticker in tickers]

    async def positions(self, tickers=()):
        return {}

    async def create(self, order):
        self._note("create", order.ticker, order.side.value, order.price, order.count, order.client_order_id)
        self._ids += 1
        is_resting = order.time_in_force is TimeInForce.GOOD_TILL_CANCELED
        name = f"o{self._ids}"
        if is_resting:
            self.rows[name] = OwnOrder(
                order_id=name,
                client_order_id=order.client_order_id,
                ticker=order.ticker,
                side=order.side,
                price=order.price,
                remaining=order.count,
                expires_us=order.expires_us,
                group=order.group,
            )
        return Acknowledged(
            order_id=name,
            client_order_id=order.client_order_id,
            filled=0 if is_resting else order.count,
            remaining=order.count if is_resting else 0,
            ts_ms=self._ids,
        )

    async def amend(self, order, price, count, name, expires_us):
        self._note("amend", order.order_id, price, count)
        self._ids += 1
        return Acknowledged(
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            filled=order.filled,
            remaining=count,
            ts_ms=self._ids,
        )

    async def cancel(self, order, name):
        self._note("cancel", order.order_id)
        row = self.rows.pop(order.order_id, None)
        if row is None:
            raise Refused("not_found")
        return row.filled

    async def create_group(self, contracts):
        self._note("create_group", contracts)
        return "g1"

    async def trigger_group(self, group):
        self._note("trigger_group", group)
        self.rows = {name: row for name, row in self.rows.items() if row.group != group}

    async def reset_group(self, group):
        self._note("reset_group", group)

    async def delete_group(self, group):
        self._note("delete_group", group)

    def _note(self, name, *facts):
        self.calls.append((name, *facts))
        if name in self.refuse:
            raise self.refuse[name]


class FakeStepper:
    def __init__(self):
        self.us = START_US
        self.moves = []

    def now_us(self):
        return self.us

    async def advance_to(self, us):
        self.moves.append(us)
        self.us = max(self.us, us)
