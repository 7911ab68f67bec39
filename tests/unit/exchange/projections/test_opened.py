"""An opened event has the fields of the event it was made of."""

import msgspec
import pytest

from exchange.projections.opened import opened
from wire.engine_events import EngineEvent, OrderGroupChanged, Trade
from wire.enums import BookSide, GroupChange

TRADE = msgspec.convert(["Trade", "A", 1, 2, BookSide.BID, *range(3, 19)], Trade)


@pytest.mark.parametrize("name", Trade.__struct_fields__)
def test_each_field_of_a_trade_is_where_it_belongs(name):
    assert getattr(opened(TRADE), name) == getattr(TRADE, name)


def test_what_is_read_little_of_stays_as_it_is():
    event: EngineEvent = OrderGroupChanged(1, 64, GroupChange.CREATED, 100)
    assert opened(event) is event
