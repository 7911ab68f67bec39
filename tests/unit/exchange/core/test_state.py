"""What becomes of a state that nobody needs any more."""

from exchange.core.engine import Engine
from exchange.core.order import Order
from tests.random_commands import START_US, RandomCommands


def filled_engine() -> Engine:
    engine = Engine()
    commands = RandomCommands(3, 8, 24)
    for command in commands.setup():
        commands.learn(engine.apply(command, engine.state.seq + 1, START_US))
    for _ in range(300):
        commands.learn(engine.apply(commands.next_command(START_US), engine.state.seq + 1, START_US))
    return engine


def neighbours(order: Order) -> list[object]:
    return [order.level, order.previous, order.next, order.older, order.newer, order.group]


def test_its_orders_refer_to_nothing_when_it_is_dropped():
    engine = filled_engine()
    orders = list(engine.state.orders.values())
    assert len(orders) > 10
    del engine
    assert all(neighbours(order) == [None] * 6 for order in orders)


def test_so_do_those_beside_one_that_a_failed_command_left_half_out_of_the_book():
    engine = filled_engine()
    orders = list(engine.state.orders.values())
    half_out = orders[0]
    half_out.position.market.book.remove(half_out)
    del engine
    assert all(neighbours(order) == [None] * 6 for order in orders)
