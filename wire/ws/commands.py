"""What a client can say on the WebSocket: its commands as typed data (SEMANTICS G2).

Knows the shape of a command and which code answers which fault of shape. Refuses to know subscriptions:
whether a sid or a market exists is the session's question (subscriptions.py).
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from wire.ws.errors import CommandError, ErrorCode

CommandId = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class SubscribeParams(msgspec.Struct, frozen=True):
    """Everything is optional here so that each absence gets its own code; null is the same as absent."""

    channels: tuple[str, ...] | None = None
    market_ticker: str | None = None
    market_tickers: tuple[str, ...] | None = None
    market_id: str | None = None
    market_ids: tuple[str, ...] | None = None
    send_initial_snapshot: bool | None = None
    skip_ticker_ack: bool | None = None
    use_yes_price: bool | None = None
    user_filter: str | None = None
    shard_factor: int | None = None
    shard_key: int | None = None
    index_ids: tuple[str, ...] | None = None
    underlying_tickers: tuple[str, ...] | None = None


class UnsubscribeParams(msgspec.Struct, frozen=True):
    sids: tuple[int, ...] | None = None


class UpdateParams(msgspec.Struct, frozen=True):
    action: str | None = None
    sid: int | None = None
    sids: tuple[int, ...] | None = None
    market_ticker: str | None = None
    market_tickers: tuple[str, ...] | None = None
    market_id: str | None = None
    market_ids: tuple[str, ...] | None = None
    send_initial_snapshot: bool | None = None
    index_ids: tuple[str, ...] | None = None
    underlying_tickers: tuple[str, ...] | None = None


class ListParams(msgspec.Struct, frozen=True):
    """list_subscriptions takes none; what is sent is not looked at."""


Params = SubscribeParams | UnsubscribeParams | UpdateParams | ListParams


class Envelope(msgspec.Struct, frozen=True):
    """A command whose params have not been looked at yet. `id` 0 is the same as no id."""

    id: CommandId = 0
    cmd: str = ""
    params: msgspec.Raw = msgspec.Raw(b"null")


_envelope = msgspec.json.Decoder(Envelope)
_subscribe = msgspec.json.Decoder(SubscribeParams)
_unsubscribe = msgspec.json.Decoder(UnsubscribeParams)
_update = msgspec.json.Decoder(UpdateParams)


def decode_envelope(text: bytes | str) -> Envelope:
    """Raises CommandError 1 for anything that is not a JSON object with a whole number for an id."""
    try:
        return _envelope.decode(text)
    # RecursionError: a few kilobytes of "[" nest deeper than the decoder follows.
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise CommandError(ErrorCode.UNABLE_TO_PROCESS) from None


def decode_params(envelope: Envelope) -> Params:
    """The params of a command by its name.

    Raises CommandError 5 for an unknown command, 2 for absent params, 11 for params of the wrong types.
    """
    if envelope.cmd == "list_subscriptions":
        return ListParams()
    if envelope.cmd not in ("subscribe", "unsubscribe", "update_subscription"):
        raise CommandError(ErrorCode.UNKNOWN_COMMAND)
    if bytes(envelope.params) == b"null":
        raise CommandError(ErrorCode.PARAMS_REQUIRED)
    try:
        if envelope.cmd == "subscribe":
            return _subscribe.decode(envelope.params)
        if envelope.cmd == "unsubscribe":
            return _unsubscribe.decode(envelope.params)
        return _update.decode(envelope.params)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise CommandError(ErrorCode.INVALID_PARAMETER) from None


def tickers_named(params: SubscribeParams | UpdateParams) -> tuple[str, ...]:
    """The markets named by ticker, each once, in order; `market_ticker` and `market_tickers` exclude each other.

    An empty string or list is the same as none. Raises CommandError 11 when both are given.
    """
    return _one_or_many(params.market_ticker, params.market_tickers)


def ids_named(params: SubscribeParams | UpdateParams) -> tuple[str, ...]:
    """The markets named by UUID, which excludes naming them by ticker. Raises CommandError 11."""
    ids = _one_or_many(params.market_id, params.market_ids)
    if ids and (params.market_ticker or params.market_tickers):
        raise CommandError(ErrorCode.INVALID_PARAMETER)
    return ids


def _one_or_many(one: str | None, many: tuple[str, ...] | None) -> tuple[str, ...]:
    if one and many:
        raise CommandError(ErrorCode.INVALID_PARAMETER)
    return (one,) if one else tuple(dict.fromkeys(many or ()))
