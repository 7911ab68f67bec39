"""Parts of what the venue says about orders, as values in integers (SEMANTICS H5, FIX/order-entry)."""

from typing import Final

import msgspec

NO_ORDER_ID: Final = "NONE"
"""Where a report has no order to name, and no ClOrdID."""


class CancelReject(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """OrderCancelReject (35=9): a cancel or replace that was refused; the order is as it was."""

    client_order_id: str
    original_client_order_id: str
    ord_status: str
    is_replace: bool
    reason: int
    text: str
    order_id: str = NO_ORDER_ID
