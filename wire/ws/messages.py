"""Every message the server sends: field names exactly of asyncapi.yaml, values already in wire form.

A message is one JSON object followed by a newline (SEMANTICS G1). On a sequenced channel it is
`{"type":T,"sid":S,"seq":N,"msg":{...}}`; the part up to `seq` differs per connection, the rest (the *tail*)
is the same for all, so a tail is encoded once and each connection gets it behind its own prefix.

Knows spelling only. Which message goes to whom, and when, is the session's and the gateway's business.
Optional fields are UNSET and so absent from the JSON, never null, unless the contract says null.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from wire.units import PAYOUT, format_price
from wire.ws.errors import ERROR_TEXTS, ErrorCode

encode = msgspec.json.Encoder().encode

PRICE_TEXT: tuple[bytes, ...] = tuple(format_price(price).encode() for price in range(PAYOUT + 1))
"""The wire form of every Price: b"0.5600" at index 5600."""


# --- replies to commands ----------------------------------------------------------------------------


class _Reply(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the command's, absent when it had none or 0 (AAS commandId)."""

    type: str
    id: int | UnsetType = UNSET
    sid: int | UnsetType = UNSET
    seq: int | UnsetType = UNSET
    msg: object = UNSET


class SubscriptionEntry(msgspec.Struct, frozen=True):
    """One row of list_subscriptions and the body of `subscribed`."""

    channel: str
    sid: int


class _Refusal(msgspec.Struct, frozen=True):
    code: int
    msg: str
    market_ticker: str | UnsetType = UNSET
    market_tickers: tuple[str, ...] | UnsetType = UNSET


def subscribed(command_id: int, channel: str, sid: int) -> bytes:
    """No sid or seq outside `msg` (recording ws__orderbook_trade_yes)."""
    return _line(_Reply(type="subscribed", id=command_id or UNSET, msg=SubscriptionEntry(channel, sid)))


def unsubscribed(command_id: int, sid: int, seq: int) -> bytes:
    return _line(_Reply(type="unsubscribed", id=command_id or UNSET, sid=sid, seq=seq))


def updated(command_id: int, sid: int, seq: int, lists: dict[str, list[str]]) -> bytes:
    """The answer to update_subscription: the lists as they are now; {} when the client skips them."""
    return _line(_Reply(type="ok", id=command_id or UNSET, sid=sid, seq=seq, msg=lists))


def listed(command_id: int, entries: Sequence[SubscriptionEntry]) -> bytes:
    return _line(_Reply(type="ok", id=command_id or UNSET, msg=entries))


def available(kind: str, command_id: int, sid: int, seq: int, field: str, names: list[str]) -> bytes:
    """`cfbenchmarks_value_indexlist` and its like: what could be subscribed to on an index feed."""
    return _line(_Reply(type=kind, id=command_id or UNSET, sid=sid, seq=seq, msg={field: names}))


def error(command_id: int, code: ErrorCode, tickers: tuple[str, ...] = (), sid: int = 0, seq: int = 0) -> bytes:
    """An `error`; sid and seq are 0 = absent unless it is about one subscription (AAS errorResponsePayload)."""
    refusal = _Refusal(
        code,
        ERROR_TEXTS[code],
        tickers[0] if len(tickers) == 1 else UNSET,
        tickers if len(tickers) > 1 else UNSET,
    )
    return _line(_Reply(type="error", id=command_id or UNSET, sid=sid or UNSET, seq=seq or UNSET, msg=refusal))


def _line(reply: _Reply) -> bytes:
    return encode(reply) + b"\n"


# --- channel messages -------------------------------------------------------------------------------


def head(kind: str, sid: int) -> bytes:
    """The prefix of an unsequenced message (ticker, fill, market_position, user_order)."""
    return b'{"type":"%b","sid":%d' % (kind.encode(), sid)


def sequenced_head(kind: str, sid: int) -> bytes:
    """The prefix of a sequenced message; the seq goes right behind it."""
    return b'{"type":"%b","sid":%d,"seq":' % (kind.encode(), sid)


def tail(msg: bytes) -> bytes:
    """What follows either prefix, the same for every connection."""
    return b',"msg":' + msg + b"}\n"


class FillMsg(msgspec.Struct, frozen=True, kw_only=True):
    """AAS fillPayload.msg. `side` and `action` are the legacy echo of a V2 order (SEMANTICS B1)."""

    trade_id: str
    order_id: str
    client_order_id: str | UnsetType
    market_ticker: str
    exchange_index: int
    is_taker: bool
    side: str
    yes_price_dollars: str
    count_fp: str
    fee_cost: str
    action: str
    ts: int
    ts_ms: int
    post_position_fp: str
    purchased_side: str
    outcome_side: str
    book_side: str
    subaccount: int | UnsetType


class MarketPositionMsg(msgspec.Struct, frozen=True, kw_only=True):
    """AAS marketPositionPayload.msg; all money with 6 decimals (SEMANTICS A1)."""

    user_id: str
    market_ticker: str
    position_fp: str
    position_cost_dollars: str
    realized_pnl_dollars: str
    fees_paid_dollars: str
    position_fee_cost_dollars: str
    volume_fp: str
    subaccount: int | UnsetType


class UserOrderMsg(msgspec.Struct, frozen=True, kw_only=True):
    """AAS userOrderPayload.msg."""

    order_id: str
    user_id: str
    ticker: str
    exchange_index: int
    status: str
    side: str
    is_yes: bool
    outcome_side: str
    book_side: str
    yes_price_dollars: str
    fill_count_fp: str
    remaining_count_fp: str
    initial_count_fp: str
    taker_fill_cost_dollars: str
    maker_fill_cost_dollars: str
    taker_fees_dollars: str
    maker_fees_dollars: str
    client_order_id: str
    order_group_id: str | UnsetType
    self_trade_prevention_type: str
    created_time: str
    last_update_time: str | UnsetType
    expiration_time: str | UnsetType
    expiration_ts_ms: int | UnsetType
    created_ts_ms: int
    last_updated_ts_ms: int | UnsetType
    last_update_reason: str | UnsetType
    subaccount_number: int


class OrderGroupMsg(msgspec.Struct, frozen=True, kw_only=True):
    """AAS orderGroupUpdatesPayload.msg; the limit only in `created` and `limit_updated`."""

    event_type: str
    order_group_id: str
    contracts_limit_fp: str | UnsetType
    ts_ms: int


class PriceRangeMsg(msgspec.Struct, frozen=True):
    start: str
    end: str
    step: str


class AdditionalMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """AAS lifecycleAdditionalMetadata."""

    name: str
    title: str
    yes_sub_title: str
    no_sub_title: str
    rules_primary: str
    rules_secondary: str
    can_close_early: bool
    event_ticker: str
    expected_expiration_ts: int
    strike_type: str | UnsetType = UNSET
    floor_strike: int | float | UnsetType = UNSET
    cap_strike: int | float | UnsetType = UNSET
    custom_strike: dict[str, Any] | UnsetType = UNSET


class MarketLifecycleMsg(msgspec.Struct, frozen=True, kw_only=True):
    """AAS marketLifecycleV2Payload.msg: each key only with the event types the contract names for it."""

    market_ticker: str
    event_type: str
    exchange_index: int | UnsetType = UNSET
    open_ts: int | UnsetType = UNSET
    close_ts: int | UnsetType = UNSET
    determination_ts: int | UnsetType = UNSET
    settled_ts: int | UnsetType = UNSET
    result: str | UnsetType = UNSET
    settlement_value: str | UnsetType = UNSET
    is_deactivated: bool | UnsetType = UNSET
    additional_metadata: AdditionalMetadata | UnsetType = UNSET
    price_level_structure: str | UnsetType = UNSET
    price_ranges: tuple[PriceRangeMsg, ...] | UnsetType = UNSET


class EventLifecycleMsg(msgspec.Struct, frozen=True, kw_only=True):
    """AAS eventLifecyclePayload.msg."""

    event_ticker: str
    exchange_index: int
    title: str
    subtitle: str
    collateral_return_type: str
    series_ticker: str
    strike_date: int | UnsetType = UNSET
    strike_period: str | UnsetType = UNSET


class EventFeeMsg(msgspec.Struct, frozen=True):
    """AAS eventFeeUpdatePayload.msg; both null when the override was cleared."""

    event_ticker: str
    fee_type_override: str | None
    fee_multiplier_override: msgspec.Raw | None
