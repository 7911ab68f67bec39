"""Order bodies into commands, and receipts into order bodies. Strings become integers here and nowhere later."""

from __future__ import annotations

from exchange.core.commands import AmendOrder, CreateOrder, DecreaseOrder
from exchange.gateways.auth import ApiKey, subaccount_or_primary
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError
from exchange.gateways.rejects import api_error
from exchange.ports import Receipt
from wire.accounts import MAX_SUBACCOUNT, account_of
from wire.engine_events import OrderAccepted, OrderAmended, OrderCanceled, OrderDecreased, OrderRejected, Trade
from wire.enums import RejectReason
from wire.ids import IdKind, order_uuid, parse_id
from wire.rest.orders import (
    MAX_CLIENT_ORDER_ID,
    AmendOrderV2Request,
    AmendOrderV2Response,
    CancelOrderV2Response,
    CreateOrderV2Request,
    CreateOrderV2Response,
    DecreaseOrderV2Request,
    DecreaseOrderV2Response,
)
from wire.units import MICROS, PrecisionError, UnitError, format_count, format_fixed, parse_count, parse_price

_END_OF_TIME_S = 253_402_300_799
"""The last second of the year 9999: later expirations are that one, so that every time fits 64 bits."""


def create_command(body: CreateOrderV2Request, account: int, shard: int) -> CreateOrder:
    """Raises ApiError for what the engine could not even be asked."""
    check_shard_of_order(body.exchange_index, shard)
    order_group = 0
    if body.order_group_id:
        parsed = parse_id(IdKind.ORDER_GROUP, body.order_group_id)
        if parsed is None:
            raise api_error(RejectReason.ORDER_GROUP_NOT_FOUND)
        order_group = parsed[1]
    return CreateOrder(
        account,
        _ticker(body.ticker),
        body.side,
        read_price(body.price),
        read_count("count", body.count),
        body.time_in_force,
        body.self_trade_prevention_type,
        client_order_id(body.client_order_id),
        bool(body.post_only),
        bool(body.reduce_only),
        bool(body.cancel_order_on_pause),
        0 if body.expiration_time is None else _expiration_us(body.expiration_time),
        order_group,
    )


def amend_command(body: AmendOrderV2Request, account: int, order_id: int, shard: int) -> AmendOrder:
    check_shard_of_order(body.exchange_index, shard)
    expiration = body.expiration_time
    return AmendOrder(
        account,
        order_id,
        _ticker(body.ticker),
        body.side,
        read_price(body.price),
        read_count("count", body.count),
        client_order_id(body.client_order_id),
        client_order_id(body.updated_client_order_id),
        -1 if expiration is None else 0 if expiration == 0 else _expiration_us(expiration),
    )


def decrease_command(body: DecreaseOrderV2Request, account: int, order_id: int, shard: int) -> DecreaseOrder:
    check_shard_of_order(body.exchange_index, shard)
    return DecreaseOrder(
        account,
        order_id,
        -1 if body.reduce_by is None else read_count("reduce_by", body.reduce_by),
        -1 if body.reduce_to is None else read_count("reduce_to", body.reduce_to),
    )


def account(key: ApiKey, subaccount: int | None) -> int:
    """The account an order of this key is for: the primary unless the request or the key says another."""
    if subaccount is not None and not 0 <= subaccount <= MAX_SUBACCOUNT:
        raise ApiError(400, "invalid_parameters", details="subaccount must be between 0 and 63")
    return account_of(key.member, subaccount_or_primary(key, subaccount))


def own_order_id(text: str, shard: int) -> int:
    """The engine's name of an order; 404 for any string that names none (SEMANTICS K27)."""
    parsed = parse_id(IdKind.ORDER, text)
    if parsed is None or parsed[0] != shard:
        raise api_error(RejectReason.NOT_FOUND)
    return parsed[1]


def check_shard_of_order(exchange_index: int | None, shard: int) -> None:
    """An order pinned to a shard finds only that shard's markets: 404 on any other (SEMANTICS B4)."""
    if exchange_index is not None and exchange_index not in (-1, shard):
        raise api_error(RejectReason.MARKET_NOT_FOUND)


def check_route(context: VenueContext, exchange_index: int | None, market_ticker: str | None) -> None:
    """Where an order that is only named by its id is looked for (SEMANTICS B7, C4).

    Pinned to a shard: there. Else where the named market is, and -1 demands that one is named. Else on shard 0.
    """
    check_shard_of_order(exchange_index, context.settings.shard)
    if exchange_index is not None and exchange_index >= 0:
        return
    if market_ticker:
        if market_ticker not in context.views.catalogue.markets:
            raise api_error(RejectReason.MARKET_NOT_FOUND)
    elif exchange_index == -1:
        raise ApiError(400, "invalid_parameters", details="market_ticker is required when exchange_index is -1")


def created(receipt: Receipt, shard: int) -> CreateOrderV2Response:
    """201, or the refusal raised."""
    accepted = _first(receipt)
    assert isinstance(accepted, OrderAccepted), "a created order was accepted"
    count, price, fee = _fills(receipt, accepted.order_id)
    return CreateOrderV2Response(
        order_id=order_uuid(shard, accepted.order_id),
        client_order_id=accepted.client_order_id or None,
        fill_count=format_count(count),
        remaining_count=format_count(accepted.resting_count),
        average_fill_price=price,
        average_fee_paid=fee,
        ts_ms=receipt.ts_us // 1000,
    )


def amended(receipt: Receipt, shard: int) -> AmendOrderV2Response:
    """Counts are there only when the amend filled or changed the resting size (SEMANTICS B7)."""
    event = _first(receipt)
    assert isinstance(event, OrderAmended), "an amended order was amended"
    count, price, fee = _fills(receipt, event.order_id)
    changed = bool(count) or event.resting_count != event.old_resting_count
    return AmendOrderV2Response(
        order_id=order_uuid(shard, event.order_id),
        client_order_id=event.client_order_id or None,
        remaining_count=format_count(event.resting_count) if changed else None,
        fill_count=format_count(count) if changed else None,
        average_fill_price=price,
        average_fee_paid=fee,
        ts_ms=receipt.ts_us // 1000,
    )


def canceled(receipt: Receipt, shard: int, client_id: str) -> CancelOrderV2Response:
    event = _first(receipt)
    assert isinstance(event, OrderCanceled), "a canceled order was canceled"
    return CancelOrderV2Response(
        order_id=order_uuid(shard, event.order_id),
        client_order_id=client_id or None,
        reduced_by=format_count(event.canceled_count),
        ts_ms=receipt.ts_us // 1000,
    )


def decreased(receipt: Receipt, shard: int, client_id: str) -> DecreaseOrderV2Response:
    """A decrease to nothing was a cancel."""
    event = _first(receipt)
    assert isinstance(event, OrderDecreased | OrderCanceled), "a decreased order shrank or ended"
    return DecreaseOrderV2Response(
        order_id=order_uuid(shard, event.order_id),
        client_order_id=client_id or None,
        remaining_count=format_count(event.remaining_count if isinstance(event, OrderDecreased) else 0),
        ts_ms=receipt.ts_us // 1000,
    )


def check_done(receipt: Receipt) -> None:
    """Raise the refusal, if it is one; a command that changed nothing has no events at all."""
    if receipt.events:
        _first(receipt)


def client_order_id(given: str | None) -> str:
    """At most 64 characters and no dot (SEMANTICS B4); absent is the empty string."""
    if not given:
        return ""
    if len(given) > MAX_CLIENT_ORDER_ID:
        raise ApiError(400, "invalid_parameters", details="client_order_id is longer than 64 characters")
    if "." in given:
        raise ApiError(400, "invalid_parameters", details="client_order_id must not contain '.'")
    return given


def _first(receipt: Receipt) -> object:
    event = receipt.events[0]
    if isinstance(event, OrderRejected):
        raise api_error(event.reason, event.detail)
    return event


def _fills(receipt: Receipt, order_id: int) -> tuple[int, str | None, str | None]:
    """(count, average price, average fee per contract) of what the order took, averages to 4 decimals."""
    count = value = fees = 0
    for event in receipt.events:
        if isinstance(event, Trade) and event.taker_order_id == order_id:
            count += event.count
            value += event.price * event.count
            fees += event.taker_fee
    if not count:
        return 0, None, None
    # Price is 1e-4 $ already; a fee is 1e-6 $ over counts of 1e-2: 100 / 100 leaves 1e-4 $ per contract.
    return count, format_fixed(_nearest(value, count), 4), format_fixed(_nearest(fees, count), 4)


def _nearest(total: int, count: int) -> int:
    return (2 * total + count) // (2 * count)


def _ticker(text: str) -> str:
    if not text:
        raise ApiError(400, "invalid_parameters", details="ticker is required")
    return text


def read_price(text: str) -> int:
    """A Price of any size; 400 when it is none or finer than 1e-4 $ (SEMANTICS A1)."""
    try:
        return parse_price(text)
    except PrecisionError as error:
        details = f"invalid price: invalid dollar precision: -{error.places}"
        raise ApiError(400, "invalid_order", details=details) from None
    except UnitError:
        raise ApiError(400, "invalid_order", details=f"invalid price: {text[:32]!r}") from None


def read_count(name: str, text: str) -> int:
    """A Count; 400 naming the field when it is none, finer than 0.01 or negative."""
    try:
        count = parse_count(text)
    except PrecisionError as error:
        details = f"invalid {name}: invalid count precision: -{error.places}"
        raise ApiError(400, "invalid_order", details=details) from None
    except UnitError:
        raise ApiError(400, "invalid_order", details=f"invalid {name}: {text[:32]!r}") from None
    if count < 0:
        raise api_error(RejectReason.INVALID_ORDER_SIZE)
    return count


def _expiration_us(seconds: int) -> int:
    """1 for anything at or before the epoch: long past, and not the 0 that means none."""
    return min(seconds, _END_OF_TIME_S) * MICROS if seconds > 0 else 1
