"""A desk between what was thought of together and what has happened since."""

import msgspec
import pytest

from market_maker.account import Account
from market_maker.desk import Desk, asked
from market_maker.differ import Amend, Cancel, Create
from market_maker.quotes import BID, OwnOrder, Quote
from market_maker.reconcile import ATTEMPTS, reconcile
from market_maker.venue.port import NewOrder, Position, Refused, Uncertain
from tests.unit.market_maker.fake_venue import FakeVenue
from wire.enums import TimeInForce

ORDER = OwnOrder(order_id="o1", client_order_id="mm-1", ticker="T", side=BID, price=4_800, remaining=40)


class Listed(FakeVenue):
    """Lists a position, and `meanwhile` happens at each listing of it."""

    def __init__(self):
        super().__init__()
        self.rows = {"o1": ORDER}
        self.count = 0
        self.ended = {}
        self.meanwhile = lambda: None

    async def positions(self, tickers=()):
        self._note("positions")
        self.meanwhile()
        return {"T": Position(count=self.count)}

    async def order(self, order_id):
        self._note("order", order_id)
        if order_id not in self.ended:
            raise Refused("not_found")
        return self.ended[order_id], False


def desk_with(venue):
    account = Account()
    account.replace(list(venue.rows.values()), {})
    return Desk(venue, account, "mm-", "t", asked(venue))


async def test_what_filled_before_its_cancel_takes_the_room_it_had():
    venue = Listed()
    desk = desk_with(venue)
    venue.rows.clear()
    venue.ended["o1"] = msgspec.structs.replace(ORDER, remaining=0, filled=40)
    await desk.carry_out([Cancel(ORDER), Create(Quote(BID, 4_700, 40))], "T", limit=60)
    assert [call[0] for call in venue.calls] == ["cancel", "order"]
    assert desk.account.positions == {"T": 40}
    await desk.carry_out([Create(Quote(BID, 4_700, 20))], "T", limit=60)
    assert venue.calls[-1][0] == "create"


async def test_an_order_the_venue_knows_nothing_of_is_forgotten():
    venue = Listed()
    desk = desk_with(venue)
    venue.rows.clear()
    assert await desk.carry_out([Cancel(ORDER)], "T", limit=60)
    assert desk.account.orders == {}


async def test_nothing_is_asked_about_an_order_that_is_known_to_be_over():
    venue = Listed()
    desk = desk_with(venue)
    desk.account.forget(ORDER)
    await desk.carry_out([Cancel(ORDER), Amend(ORDER, 4_900, 40)], "T", limit=60)
    assert venue.calls == []


async def test_a_refusal_that_news_explain_is_no_fault():
    venue, faults = Listed(), []
    desk = desk_with(venue)
    desk.on_refusal = faults.append
    venue.refuse["amend"] = Refused("invalid_order_size")
    venue.ended["o1"] = ORDER
    await desk.carry_out([Amend(ORDER, 4_800, 10)], "T", limit=60)
    assert faults == []
    assert dict(desk.refused) == {"invalid_order_size": 1}


async def test_what_is_listed_while_something_happens_is_listed_again():
    venue, account = Listed(), Account()
    venue.meanwhile = lambda: setattr(venue, "meanwhile", lambda: None) or account.heard(ORDER, True, 0)
    await reconcile(venue, account)
    assert [call[0] for call in venue.calls] == ["positions"] * 2
    assert list(account.orders) == ["o1"]


async def test_what_never_stands_still_is_uncertain():
    venue, account = Listed(), Account()
    venue.meanwhile = lambda: account.heard(ORDER, True, 0)
    with pytest.raises(Uncertain):
        await reconcile(venue, account)
    assert len(venue.calls) == ATTEMPTS


async def test_an_account_that_may_have_missed_something_is_listed_before_its_next_look():
    venue = Listed()
    desk = desk_with(venue)
    venue.count = 70
    desk.account.is_stale = True
    assert await desk.look("T") is not None
    assert await desk.look("T") is not None
    assert desk.account.positions == {"T": 70}
    assert [call[0] for call in venue.calls] == ["positions"]


@pytest.mark.parametrize("time_in_force", [TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.GOOD_TILL_CANCELED])
async def test_only_the_answer_says_what_an_order_has_done_that_does_not_rest(time_in_force):
    venue = Listed()
    desk = desk_with(venue)
    venue.refuse["create"] = Uncertain("no answer")
    order = NewOrder(ticker="T", side=BID, price=4_800, count=10, client_order_id="mm-9", time_in_force=time_in_force)
    with pytest.raises(Uncertain):
        await desk.place(order)
    assert desk.account.is_stale is (time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL)
