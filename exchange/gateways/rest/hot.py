"""What an operation on the venue's hot path is: a call in, commands for the sequencer, an answer from their receipts.

Who carries an operation out is elsewhere: `http_protocol.py` where it can, `order_mutations_app.py` in every other
case. At 25 microseconds a request FastAPI's routing would double its cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qs

import msgspec
import structlog

from exchange.core.commands import AnyCommand
from exchange.gateways.auth import ApiKey
from exchange.gateways.context import VenueContext
from exchange.gateways.errors import ApiError, invalid_parameter, unavailable
from exchange.gateways.rest.params import integer
from exchange.gateways.rest.security import decode_body, too_large
from exchange.ports import Receipt, Unavailable
from wire.accounts import MAX_SUBACCOUNT

_log = structlog.get_logger("rest")

Answer = tuple[int, bytes]
"""A status and a body."""

Headers = Sequence[tuple[bytes, bytes]]
Body = TypeVar("Body", bound=msgspec.Struct)


class Call:
    """One request on the hot path: who asks, its query, its body when asked for."""

    __slots__ = ("_query", "content_type", "data", "key", "path")

    def __init__(
        self, context: VenueContext, method: str, path: str, raw_path: str, query: str, headers: Headers
    ) -> None:
        """Verifies the signature: 401 otherwise. `data` is set when the body is there."""
        key_id = signature = timestamp = token = self.content_type = None
        host = ""
        # Backwards, so that of a header given twice the first counts, as everywhere else.
        for name, value in reversed(headers):
            if name == b"kalshi-access-key":
                key_id = value.decode("latin-1")
            elif name == b"kalshi-access-signature":
                signature = value.decode("latin-1")
            elif name == b"kalshi-access-timestamp":
                timestamp = value.decode("latin-1")
            elif name == b"content-type":
                self.content_type = value.decode("latin-1")
            elif name == b"host":
                host = value.decode("latin-1")
            elif name == b"authorization":
                token = value.decode("latin-1")
        self.path = path
        self._query = query
        self.data: bytes | None = None
        """None while it has not arrived, and when it is too long."""
        self.key: ApiKey = context.authenticator.authenticate(
            key_id, signature, timestamp, method, raw_path, query, host, token
        )

    def query(self, operation_id: str) -> tuple[int | None, int | None, str]:
        """(subaccount, exchange_index, market_ticker) of the query."""
        if not self._query:
            return None, None, ""
        given = parse_qs(self._query, keep_blank_values=True)
        subaccount, exchange_index = (
            integer(name, given[name][0]) if name in given else None for name in ("subaccount", "exchange_index")
        )
        if subaccount is not None and not 0 <= subaccount <= MAX_SUBACCOUNT:
            raise invalid_parameter(operation_id, "Subaccount", "lte" if subaccount > 0 else "gte")
        return subaccount, exchange_index, given.get("market_ticker", [""])[0]

    def body(self, kind: type[Body]) -> Body:
        """The body as a struct: 413 when it is too long, 400 when it is none."""
        if self.data is None:
            raise too_large()
        return decode_body(kind, self.data)


class Step(NamedTuple):
    """What an operation wants: commands for the sequencer, and the answer once their receipts are there."""

    commands: Sequence[AnyCommand]
    answer: Callable[[Sequence[Receipt]], Answer]


Operation = Callable[[Call], Step]


def failure(error: Exception, path: str) -> Answer:
    """The answer to an operation that raised: the process edge, where a bug of ours becomes a 500."""
    if isinstance(error, Unavailable):
        error = unavailable()
    elif not isinstance(error, ApiError):
        _log.error("request_failed", path=path, exc_info=error)
        error = ApiError(500, "internal_error")
    return error.status, error.body()
