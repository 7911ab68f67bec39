"""What the venue says about orders as bytes: the bodies of 8 9 r (SEMANTICS H5, FIX/order-entry).

Which report follows which event, and with which logon flags, is the gateway's business.
"""

from typing import Final

from wire.enums import BookSide
from wire.fix.messages.fills import FillDetails
from wire.fix.messages.reports import CancelReject
from wire.fix.messages.values import format_amount, format_price, format_quantity, yes_no
from wire.fix.timestamps import TimeField, format_timestamp

_BID: Final = BookSide.BID

_TRANSACT_TIME: Final = TimeField("60")


def average_price(fill_cost: int, filled_count: int) -> int:
    """The Price that `filled_count` contracts cost on average, from what they cost together as Money; 0 for none."""
    return fill_cost // filled_count if filled_count else 0


def encode_execution_report(
    *,
    order_id: str,
    client_order_id: str,
    exec_id: str,
    exec_type: str,
    ord_status: str,
    ticker: str,
    side: BookSide,
    order_count: int,
    filled_count: int,
    leaves_count: int,
    average_price: int,
    use_dollars: bool,
    price: int = 0,
    original_client_order_id: str = "",
    transact_us: int = 0,
    text: str = "",
    reject_reason: int | None = None,
    expire_us: int = 0,
    subaccount: int | None = None,
    party_id: str = "",
    last_market: int | None = None,
    fill: FillDetails | None = None,
) -> bytes:
    """The body of 35=8. Prices are the YES leg's, counts Counts, times microseconds; 0 and "" are left out.

    `order_count` (38) is fills plus leaves, or the first size if the Logon asked PreserveOriginalOrderQty;
    `last_market` (30) the shard that produced the report.
    """
    side_text = "1" if side is _BID else "2"
    price_text = f"44={format_price(price, use_dollars=use_dollars)}\x01" if price else ""
    time = _TRANSACT_TIME.text(transact_us) if transact_us else ""
    market = "" if last_market is None else "30=0\x01" if not last_market else f"30={last_market}\x01"
    body = (
        f"37={order_id}\x0111={client_order_id}\x0117={exec_id}\x01150={exec_type}\x01"
        f"39={ord_status}\x0154={side_text}\x0155={ticker}\x01"
        f"{_sizes(order_count, filled_count, leaves_count, average_price, use_dollars)}{price_text}{time}{market}"
    )
    if original_client_order_id:
        body += f"41={original_client_order_id}\x01"
    if reject_reason is not None:
        body += f"103={reject_reason}\x01"
    if text:
        body += f"58={text}\x01"
    if expire_us:
        body += f"126={format_timestamp(expire_us)}\x01"
    if subaccount is not None:
        body += f"79={subaccount}\x01"
    if party_id:
        body += f"453=1\x01448={party_id}\x01452=24\x01"
    if fill is not None:
        body += _fill(fill, use_dollars)
    # Nearly all are; to ask is cheaper than to be ready for what is not.
    return body.encode("latin-1") if body.isascii() else body.encode("latin-1", "replace")


_UNFILLED: Final[dict[int, str]] = {}
_SIZES_KEPT: Final = 4096
"""How the sizes of orders are told of which nothing is filled (by size, with the units in the last bit), and how many
are remembered.
"""


def _sizes(order_count: int, filled_count: int, leaves_count: int, average_price: int, use_dollars: bool) -> str:
    if filled_count or leaves_count != order_count:
        return _written_sizes(order_count, filled_count, leaves_count, average_price, use_dollars)
    key = order_count << 1 | use_dollars
    text = _UNFILLED.get(key)
    if text is None:
        text = _written_sizes(order_count, filled_count, leaves_count, average_price, use_dollars)
        if len(_UNFILLED) < _SIZES_KEPT:
            _UNFILLED[key] = text
    return text


def _written_sizes(
    order_count: int, filled_count: int, leaves_count: int, average_price: int, use_dollars: bool
) -> str:
    return (
        f"151={format_quantity(leaves_count)}\x0114={format_quantity(filled_count)}\x01"
        f"6={format_price(average_price, use_dollars=use_dollars)}\x0138={format_quantity(order_count)}\x01"
    )


def _fill(fill: FillDetails, use_dollars: bool) -> str:
    text = (
        f"31={format_price(fill.price, use_dollars=use_dollars)}\x0132={format_quantity(fill.count)}\x01"
        f"880={fill.trade_id}\x011057={yes_no(fill.is_aggressor)}\x01{encode_position(fill.position)}"
        f"{encode_fee(fill.fee)}{encode_collateral(fill.collateral)}"
    )
    if fill.single_market_return:
        text += f"21030={format_amount(fill.single_market_return)}\x01"
    if fill.ranged_market_return:
        text += f"21031={format_amount(fill.ranged_market_return)}\x01"
    return text


def encode_position(position: int) -> str:
    """LongQty and ShortQty of a signed position; one of them is 0."""
    return f"704={format_quantity(max(position, 0))}\x01705={format_quantity(max(-position, 0))}\x01"


def encode_fee(fee: int) -> str:
    """The group of fees, always one: dollars, an exchange fee, an absolute amount."""
    return f"136=1\x01137={format_amount(fee)}\x01138=USD\x01139=4\x01891=0\x01"


def encode_collateral(changes: tuple[tuple[str, int], ...]) -> str:
    """The group of collateral changes."""
    if not changes:
        return ""
    entries = "".join([f"1704={format_amount(amount)}\x011705={kind}\x01" for kind, amount in changes])
    return f"1703={len(changes)}\x01{entries}"


def encode_cancel_reject(reject: CancelReject) -> bytes:
    """The body of 35=9."""
    return (
        f"37={reject.order_id}\x0111={reject.client_order_id}\x0141={reject.original_client_order_id}\x01"
        f"39={reject.ord_status}\x01434={2 if reject.is_replace else 1}\x01102={reject.reason}\x0158={reject.text}\x01"
    ).encode("latin-1", "replace")


def encode_mass_cancel_report(client_order_id: str, operation_id: str, reject_reason: int | None = None) -> bytes:
    """The body of 35=r: done (531=6), or refused (531=0) with a reason."""
    text = f"11={client_order_id}\x0137={operation_id}\x01531={6 if reject_reason is None else 0}\x01"
    if reject_reason is not None:
        text += f"532={reject_reason}\x01"
    return text.encode("latin-1", "replace")
