"""Random commands on the real engine: what the private projections say is what the engine holds."""

import pytest

from exchange.core.commands import AdvanceTime
from exchange.core.engine import Engine
from exchange.projections.views import Projections
from tests.random_commands import START_US, RandomCommands
from wire.event_log import record

OPERATIONS = 4_000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_projections_hold_what_the_engine_holds(seed):
    engine, views, stream = Engine(), Projections(), RandomCommands(seed, markets=10, accounts=24)
    now_us, seq = START_US, 0

    def apply(command):
        nonlocal seq
        seq += 1
        events = engine.apply(command, seq, now_us)
        views.fold(record(0, seq, now_us, tuple(events)))
        return events

    for command in stream.setup():
        apply(command)
    for _ in range(OPERATIONS):
        now_us += 1_000
        if engine.next_deadline_us() <= now_us:
            apply(AdvanceTime())
        stream.learn(apply(stream.next_command(now_us)))

    copy = Projections()
    copy.load(views.dump())
    for projections in (views, copy):
        agree(engine, projections)


def agree(engine: Engine, views: Projections) -> None:
    state = engine.state
    assert {number for member in state.members for number in resting_of(views, member)} == set(state.orders)
    for order in state.orders.values():
        seen = views.orders.get(order.order_id)
        assert (seen.remaining_count, seen.price, seen.side) == (order.remaining, order.price, order.side)
    for number, account in state.accounts.items():
        known = views.portfolio.account(number)
        assert (known.cash, known.netting) == (account.cash, account.netting)
        held = {ticker: (p.count, p.cost) for ticker, p in account.positions.items() if p.count}
        positions = {p.ticker: (p.position, p.cost) for p in views.portfolio.positions(number) if p.position}
        assert positions == held
    groups = {number: (group.limit, group.triggered) for number, group in state.groups.items()}
    for number, (limit, triggered) in groups.items():
        group = views.order_groups.get(number)
        assert (group.contracts_limit, group.triggered) == (limit, triggered)
    known_groups = [group.order_group for member in state.members for group in views.order_groups.of_member(member)]
    assert sorted(known_groups) == sorted(groups)


def resting_of(views: Projections, member: int) -> list[int]:
    return [order.order_id for order in views.orders.resting(member)]
