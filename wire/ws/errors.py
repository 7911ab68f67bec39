"""The error codes of the WebSocket gateway and their texts: a closed table (SEMANTICS G7).

Knows every code the contract lists as emitted. Refuses 6, 16 and 17: they are retired and never sent.
"""

from enum import IntEnum


class ErrorCode(IntEnum):
    """`msg.code` of an `error` message (AsyncAPI errorResponsePayload)."""

    UNABLE_TO_PROCESS = 1
    PARAMS_REQUIRED = 2
    CHANNELS_REQUIRED = 3
    SIDS_REQUIRED = 4
    UNKNOWN_COMMAND = 5
    UNKNOWN_SID = 7
    UNKNOWN_CHANNEL = 8
    AUTHENTICATION_REQUIRED = 9
    CHANNEL_ERROR = 10
    INVALID_PARAMETER = 11
    EXACTLY_ONE_SID = 12
    UNSUPPORTED_ACTION = 13
    MARKET_TICKER_REQUIRED = 14
    ACTION_REQUIRED = 15
    COMMAND_TIMEOUT = 18
    SHARD_FACTOR_NOT_POSITIVE = 19
    SHARD_FACTOR_REQUIRED = 20
    SHARD_KEY_OUT_OF_RANGE = 21
    SHARD_FACTOR_TOO_LARGE = 22
    MATCH_IDS_REQUIRED = 23
    INDEX_IDS_REQUIRED = 24
    BUFFER_OVERFLOW = 25
    MARKET_LIMIT = 26
    TOO_MANY_REQUESTS = 27
    UNDERLYING_TICKERS_REQUIRED = 28


C = ErrorCode
ERROR_TEXTS: dict[ErrorCode, str] = {
    C.UNABLE_TO_PROCESS: "Unable to process message",
    C.PARAMS_REQUIRED: "Params required",
    C.CHANNELS_REQUIRED: "Channels required",
    C.SIDS_REQUIRED: "Subscription IDs required",
    C.UNKNOWN_COMMAND: "Unknown command",
    C.UNKNOWN_SID: "Unknown subscription ID",
    C.UNKNOWN_CHANNEL: "Unknown channel name",
    C.AUTHENTICATION_REQUIRED: "Authentication required",
    C.CHANNEL_ERROR: "Channel error",
    C.INVALID_PARAMETER: "Invalid parameter",
    C.EXACTLY_ONE_SID: "Exactly one subscription ID is required",
    C.UNSUPPORTED_ACTION: "Unsupported action",
    C.MARKET_TICKER_REQUIRED: "Market Ticker required",
    C.ACTION_REQUIRED: "Action required",
    C.COMMAND_TIMEOUT: "Command timeout",
    C.SHARD_FACTOR_NOT_POSITIVE: "shard_factor must be > 0",
    C.SHARD_FACTOR_REQUIRED: "shard_factor is required when shard_key is set",
    C.SHARD_KEY_OUT_OF_RANGE: "shard_key must be >= 0 and < shard_factor",
    C.SHARD_FACTOR_TOO_LARGE: "shard_factor must be <= 100",
    C.MATCH_IDS_REQUIRED: "Match IDs required",
    C.INDEX_IDS_REQUIRED: "Index IDs required",
    C.BUFFER_OVERFLOW: "Subscription buffer overflow",
    C.MARKET_LIMIT: "Subscription market limit exceeded",
    C.TOO_MANY_REQUESTS: "Too many requests",
    C.UNDERLYING_TICKERS_REQUIRED: "Underlying tickers required",
}

TERMINAL = frozenset({C.CHANNEL_ERROR, C.BUFFER_OVERFLOW})
"""After these the subscription is gone and the client must subscribe again."""


class CommandError(Exception):
    """A command that is refused: data for one `error` message, never the end of the connection."""

    def __init__(self, code: ErrorCode, tickers: tuple[str, ...] = ()) -> None:
        super().__init__(f"{code.value} {ERROR_TEXTS[code]}")
        self.code = code
        self.tickers = tickers
        """The markets the refusal is about; one goes out as `market_ticker`, more as `market_tickers`."""
