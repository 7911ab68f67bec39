"""What a client may ask about orders: F G q as values in integers and enums (SEMANTICS H4, FIX/order-entry)."""

import msgspec

from wire.enums import BookSide


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
