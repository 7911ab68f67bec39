"""What a client may ask about orders: D F G q as values in integers and enums (SEMANTICS H4, FIX/order-entry)."""

import msgspec

from wire.enums import BookSide, SelfTradePrevention, TimeInForce


class NewOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """NewOrderSingle (35=D). `price` is the YES leg's, whatever the side. "" and 0 stand for what was not given."""

    client_order_id: str
    ticker: str
    side: BookSide
    price: int
    count: int
    time_in_force: TimeInForce
    expiration_us: int
    """0 = none; set for Day and GTD orders."""
    post_only: bool
    self_trade_prevention: SelfTradePrevention
    cancel_order_on_pause: bool | None
    """None = not said; the Logon's flag decides."""
    subaccount: int | None
    order_group_id: str
    max_execution_cost: int
    """Money, 0 = no bound."""
    exchange_index: int
    quote_id: str
    """A quote to accept with this order (117), in the RFQ `rfq_id` if that is given."""
    rfq_id: str
    party_id: str


class ReplaceOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """OrderCancelReplaceRequest (35=G). `count` is the new total, filled part included; no price keeps the old."""

    client_order_id: str
    original_client_order_id: str
    order_id: str
    ticker: str
    side: BookSide
    price: int | None
    count: int
    subaccount: int | None
    exchange_index: int
    party_id: str


class CancelOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """OrderCancelRequest (35=F)."""

    client_order_id: str
    original_client_order_id: str
    order_id: str
    ticker: str
    side: BookSide
    subaccount: int | None
    exchange_index: int
    party_id: str


class MassCancel(msgspec.Struct, frozen=True, gc=False):
    """OrderMassCancelRequest (35=q): every order of the session."""

    client_order_id: str
