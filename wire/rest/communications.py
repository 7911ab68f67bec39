"""Bodies of /communications. Knows their fields; what a request or a quote is made of comes with an engine for them."""

from typing import Any

import msgspec

Thing = dict[str, Any]


class GetCommunicationsIDResponse(msgspec.Struct, frozen=True):
    communications_id: str


class GetRFQsResponse(msgspec.Struct, frozen=True):
    rfqs: tuple[Thing, ...]
    cursor: str


class GetRFQResponse(msgspec.Struct, frozen=True):
    rfq: Thing


class GetQuotesResponse(msgspec.Struct, frozen=True):
    quotes: tuple[Thing, ...]
    cursor: str


class GetQuoteResponse(msgspec.Struct, frozen=True):
    quote: Thing


class GetRFQBatchesResponse(msgspec.Struct, frozen=True):
    rfq_batches: tuple[Thing, ...]
    cursor: str


class GetRFQBatchResponse(msgspec.Struct, frozen=True):
    rfq_batch: Thing


class GetBlockTradeProposalsResponse(msgspec.Struct, frozen=True):
    block_trade_proposals: tuple[Thing, ...]
    cursor: str
