"""The visible book of a market, as far as a report needs it: totals per price, best prices, the last trade.

A fold of engine events, in integers. Whose orders they are is for card.py.
"""

from wire.engine_events import AnyEvent, OrderAccepted, OrderAmended, OrderCanceled, OrderDecreased, Trade
from wire.enums import BookSide


class Levels:
    """One market, in YES prices."""

    __slots__ = ("last_price", "sides")

    def __init__(self) -> None:
        self.sides: dict[BookSide, dict[int, int]] = {BookSide.BID: {}, BookSide.ASK: {}}
        self.last_price = -1

    def mark2(self) -> int:
        """Twice the middle of the best prices; with one side empty twice the last trade's price; -1 when unknown."""
        bids, asks = self.sides[BookSide.BID], self.sides[BookSide.ASK]
        if bids and asks:
            return max(bids) + min(asks)
        return 2 * self.last_price if self.last_price >= 0 else -1

    def at(self, side: BookSide, price: int) -> int:
        """What rests at a price, a Count."""
        return self.sides[side].get(price, 0)

    def fold(self, event: AnyEvent) -> None:
        match event:
            case OrderAccepted():
                self._change(event.side, event.price, event.resting_count)
            case OrderCanceled():
                self._change(event.side, event.price, -event.resting_count)
            case OrderDecreased():
                self._change(event.side, event.price, -event.reduced_by)
            case OrderAmended():
                self._change(event.side, event.old_price, -event.old_resting_count)
                self._change(event.side, event.price, event.resting_count)
            case Trade():
                self._change(event.maker_side, event.price, -event.count)
                self.last_price = event.price
            case _:
                pass

    def _change(self, side: BookSide, price: int, delta: int) -> None:
        if not delta:
            return
        levels = self.sides[side]
        total = levels.get(price, 0) + delta
        if total:
            levels[price] = total
        else:
            del levels[price]
