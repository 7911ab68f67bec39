"""Operations of the contract that are not simulated yet: they answer 501 and say so.

`tests/conformance` checks that every operation of the contract is served by a router, the hot path, or is here.
"""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange.gateways.errors import ApiError, not_implemented

RETIRED_V1 = (
    ("POST", "/portfolio/orders"),
    ("DELETE", "/portfolio/orders/{order_id}"),
    ("POST", "/portfolio/orders/{order_id}/amend"),
    ("POST", "/portfolio/orders/{order_id}/decrease"),
    ("POST", "/portfolio/orders/batched"),
    ("DELETE", "/portfolio/orders/batched"),
)
"""The order mutations of V1: 410 since June 2026 (SEMANTICS A6)."""

ABSENT = (
    (
        "GET",
        "/series/{series_ticker}/events/{ticker}/forecast_percentile_history",
        "GetEventForecastPercentilesHistory",
    ),
    ("POST", "/portfolio/intra_exchange_instance_transfer", "IntraExchangeInstanceTransfer"),
    ("GET", "/portfolio/intra_exchange_instance_transfers", "GetIntraExchangeInstanceTransfers"),
    ("GET", "/portfolio/intra_exchange_instance_transfers/{transfer_id}", "GetIntraExchangeInstanceTransfer"),
    ("POST", "/communications/block-trade-proposals", "ProposeBlockTrade"),
    ("POST", "/communications/block-trade-proposals/{block_trade_proposal_id}/accept", "AcceptBlockTradeProposal"),
    ("POST", "/communications/rfqs", "CreateRFQ"),
    ("DELETE", "/communications/rfqs/{rfq_id}", "DeleteRFQ"),
    ("DELETE", "/communications/rfqs/{rfq_id}/quotes/{quote_id}", "DeleteRFQQuote"),
    ("PUT", "/communications/rfqs/{rfq_id}/quotes/{quote_id}/accept", "AcceptRFQQuote"),
    ("PUT", "/communications/rfqs/{rfq_id}/quotes/{quote_id}/confirm", "ConfirmRFQQuote"),
    ("POST", "/communications/rfq_batches", "CreateRFQBatch"),
    ("DELETE", "/communications/rfq_batches/{rfq_batch_id}", "DeleteRFQBatch"),
    ("GET", "/communications/rfq_batches/{rfq_batch_id}/best_quotes", "GetRFQBatchBestQuotes"),
    ("PUT", "/communications/rfq_batches/{rfq_batch_id}/accept", "AcceptRFQBatch"),
    ("GET", "/communications/rfq_batches/{rfq_batch_id}/quotes", "GetRFQBatchQuotes"),
    ("POST", "/communications/rfq_batches/{rfq_batch_id}/quotes", "CreateRFQBatchQuote"),
    ("DELETE", "/communications/rfq_batches/{rfq_batch_id}/quotes/{batch_quote_id}", "DeleteRFQBatchQuote"),
    ("PUT", "/communications/rfq_batches/{rfq_batch_id}/quotes/{batch_quote_id}/confirm", "ConfirmRFQBatchQuote"),
    ("POST", "/communications/quotes", "CreateQuote"),
    ("DELETE", "/communications/quotes/{quote_id}", "DeleteQuote"),
    ("PUT", "/communications/quotes/{quote_id}/accept", "AcceptQuote"),
    ("PUT", "/communications/quotes/{quote_id}/confirm", "ConfirmQuote"),
    ("GET", "/live_data/weather/{city}", "GetWeatherIndex"),
    ("GET", "/live_data/weather/{city}/calibrations", "GetWeatherIndexCalibrations"),
    ("POST", "/multivariate_event_collections/{collection_ticker}", "CreateMarketInMultivariateEventCollection"),
    ("GET", "/fcm/fills", "GetFCMFills"),
    ("GET", "/fcm/orders", "GetFCMOrders"),
    ("GET", "/fcm/subtraders", "ListFCMSubtraders"),
    ("POST", "/fcm/subtraders", "CreateFCMSubtrader"),
    ("GET", "/fcm/subtraders/event_contract_daily_cap", "GetFCMEventContractDailyCap"),
    ("PUT", "/fcm/subtraders/event_contract_daily_cap", "UpdateFCMEventContractDailyCap"),
    ("DELETE", "/fcm/subtraders/event_contract_daily_cap", "DeleteFCMEventContractDailyCap"),
    ("GET", "/fcm/subtraders/blocked_categories", "GetFCMSubtraderBlockedCategories"),
    ("PUT", "/fcm/subtraders/blocked_categories", "UpdateFCMSubtraderBlockedCategories"),
    ("GET", "/portfolio/target_balance_allocation", "GetTargetBalanceAllocation"),
    ("POST", "/portfolio/target_balance_allocation", "SetTargetBalanceAllocation"),
    ("GET", "/fcm/positions", "GetFCMPositions"),
    ("POST", "/fcm/positions/transfers", "CreateFCMPositionTransfer"),
)
"""(method, path, operationId)."""


def router() -> APIRouter:
    """501 for each absent operation."""
    absent = APIRouter()
    for method, path, operation_id in ABSENT:
        absent.add_api_route(path, _absent(operation_id), methods=[method], include_in_schema=False)
    return absent


def retired_v1() -> APIRouter:
    """410 for the V1 order mutations, in the words of the real exchange."""
    retired = APIRouter()
    for method, path in RETIRED_V1:
        retired.add_api_route(path, _gone, methods=[method], include_in_schema=False)
    return retired


def _absent(operation_id: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        raise not_implemented(operation_id)

    return answer


async def _gone(request: Request) -> Response:
    raise ApiError(410, "deprecated_v1_order_endpoint", details="Please switch to the V2 endpoints")
