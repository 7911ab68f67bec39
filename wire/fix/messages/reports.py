"""What the venue says about orders: 8 9 r, written from integers and enums (SEMANTICS H5, FIX/order-entry).

Which report follows which event, and with which logon flags, is the gateway's business.
"""

import msgspec

from wire.enums import BookSide
from wire.fix.messages.values import format_amount, format_price, format_quantity, yes_no
from wire.fix.timestamps import format_timestamp

NO_ORDER_ID = "NONE"
"""OrderID of an OrderCancelReject about an order that is not known."""

_SIDES = {BookSide.BID: "1", BookSide.ASK: "2"}


class FillDetails(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a report with ExecType Trade adds. Amounts are Money, `position` is signed: +YES, -NO.

    `collateral` are (CollateralAmountType, amount) pairs: BALANCE, PAYOUT. The two returns are parts of the BALANCE
    change, 0 leaves them out; give them only if the Logon asked SplitCollateralReturn.
    """

    price: int
    count: int
    trade_id: str
    is_aggressor: bool
    position: int
    fee: int
    collateral: tuple[tuple[str, int], ...]
    single_market_return: int = 0
    ranged_market_return: int = 0


class ExecutionReport(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """ExecutionReport (35=8). Prices are the YES leg's, counts Counts, times microseconds; 0 and "" are left out."""

    order_id: str
    client_order_id: str
    exec_id: str
    exec_type: str
    ord_status: str
    ticker: str
    side: BookSide
    order_count: int
    """Tag 38: fills plus leaves, or the first size if the Logon asked PreserveOriginalOrderQty."""
    filled_count: int
    leaves_count: int
    average_price: int
    price: int = 0
    original_client_order_id: str = ""
    transact_us: int = 0
    text: str = ""
    reject_reason: int | None = None
    expire_us: int = 0
    subaccount: int | None = None
    party_id: str = ""
    last_market: int | None = None
    """Tag 30: the shard that produced the report."""
    fill: FillDetails | None = None


def average_price(fill_cost: int, filled_count: int) -> int:
    """The Price that `filled_count` contracts cost on average, from what they cost together as Money; 0 for none."""
    return fill_cost // filled_count if filled_count else 0


def encode_execution_report(report: ExecutionReport, *, use_dollars: bool) -> bytes:
    """The body of 35=8."""
    average = format_price(report.average_price, use_dollars=use_dollars)
    text = (
        f"37={report.order_id}\x0111={report.client_order_id}\x0117={report.exec_id}\x01150={report.exec_type}\x01"
        f"39={report.ord_status}\x0154={_SIDES[report.side]}\x0155={report.ticker}\x01"
        f"151={format_quantity(report.leaves_count)}\x0114={format_quantity(report.filled_count)}\x01"
        f"6={average}\x0138={format_quantity(report.order_count)}\x01"
    )
    if report.price:
        text += f"44={format_price(report.price, use_dollars=use_dollars)}\x01"
    if report.transact_us:
        text += f"60={format_timestamp(report.transact_us)}\x01"
    if report.last_market is not None:
        text += f"30={report.last_market}\x01"
    if report.original_client_order_id:
        text += f"41={report.original_client_order_id}\x01"
    if report.reject_reason is not None:
        text += f"103={report.reject_reason}\x01"
    if report.text:
        text += f"58={report.text}\x01"
    if report.expire_us:
        text += f"126={format_timestamp(report.expire_us)}\x01"
    if report.subaccount is not None:
        text += f"79={report.subaccount}\x01"
    if report.party_id:
        text += f"453=1\x01448={report.party_id}\x01452=24\x01"
    if report.fill is not None:
        text += _fill(report.fill, use_dollars)
    return text.encode("latin-1", "replace")


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


class CancelReject(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """OrderCancelReject (35=9): a cancel or replace that was refused; the order is as it was."""

    client_order_id: str
    original_client_order_id: str
    ord_status: str
    is_replace: bool
    reason: int
    text: str
    order_id: str = NO_ORDER_ID


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
