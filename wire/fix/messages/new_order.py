"""NewOrderSingle (35=D) as values in integers and enums (SEMANTICS H4, FIX/order-entry)."""

from mypy_extensions import mypyc_attr

from wire.enums import BookSide, SelfTradePrevention, TimeInForce


@mypyc_attr(acyclic=True)
class NewOrder:
    """What a client asks for; never changed. `price` is the YES leg's, whatever the side.

    "" and 0 stand for what was not given; `expiration_us` is set for Day and GTD orders; `cancel_order_on_pause`
    None = not said, the Logon's flag decides; `max_execution_cost` is Money, 0 = no bound; `quote_id` is a quote to
    accept with this order (117), in the RFQ `rfq_id` if that is given.
    """

    __slots__ = (
        "cancel_order_on_pause",
        "client_order_id",
        "count",
        "exchange_index",
        "expiration_us",
        "max_execution_cost",
        "order_group_id",
        "party_id",
        "post_only",
        "price",
        "quote_id",
        "rfq_id",
        "self_trade_prevention",
        "side",
        "subaccount",
        "ticker",
        "time_in_force",
    )

    def __init__(
        self,
        *,
        client_order_id: str,
        ticker: str,
        side: BookSide,
        price: int,
        count: int,
        time_in_force: TimeInForce,
        expiration_us: int,
        post_only: bool,
        self_trade_prevention: SelfTradePrevention,
        cancel_order_on_pause: bool | None,
        subaccount: int | None,
        order_group_id: str,
        max_execution_cost: int,
        exchange_index: int,
        quote_id: str,
        rfq_id: str,
        party_id: str,
    ) -> None:
        self.client_order_id = client_order_id
        self.ticker = ticker
        self.side = side
        self.price = price
        self.count = count
        self.time_in_force = time_in_force
        self.expiration_us = expiration_us
        self.post_only = post_only
        self.self_trade_prevention = self_trade_prevention
        self.cancel_order_on_pause = cancel_order_on_pause
        self.subaccount = subaccount
        self.order_group_id = order_group_id
        self.max_execution_cost = max_execution_cost
        self.exchange_index = exchange_index
        self.quote_id = quote_id
        self.rfq_id = rfq_id
        self.party_id = party_id
