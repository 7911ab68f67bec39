"""What of Kalshi's contract the simulator has, and the test that proves it.

One row per REST operationId, WebSocket channel and FIX MsgType. `full`: everything the contract and the
documents say; `partial`: the note says what is missing; `absent`: REST answers 501, WebSocket an unknown
channel. A row that is not absent names a test. docs/COMPATIBILITY.md is rendered from this table.
"""

from typing import Literal, NamedTuple

Level = Literal["full", "partial", "absent"]


class Row(NamedTuple):
    level: Level
    test: str = ""
    """Node id of the test that proves the row: `path::name`."""
    note: str = ""


ABSENT = Row("absent")
HISTORICAL = Row("absent", note="nothing leaves the live endpoints, which read memory and history alike")
RFQ = Row("absent", note="comes with the RFQ issue")
FIX = Row("absent", note="comes with the FIX issue")

REST: dict[str, Row] = {
    # exchange
    "GetExchangeStatus": ABSENT,
    "GetExchangeSchedule": ABSENT,
    "GetUserDataTimestamp": ABSENT,
    # catalogue
    "GetSeriesFeeChanges": ABSENT,
    "GetSeries": ABSENT,
    "GetSeriesList": ABSENT,
    "GetEvents": ABSENT,
    "GetEvent": ABSENT,
    "GetEventMetadata": ABSENT,
    "GetEventFeeChanges": ABSENT,
    "GetMarkets": ABSENT,
    "GetMarket": ABSENT,
    # market data
    "GetTrades": ABSENT,
    "GetMarketOrderbook": ABSENT,
    "GetMarketOrderbooks": ABSENT,
    "GetMarketCandlesticks": ABSENT,
    "BatchGetMarketCandlesticks": ABSENT,
    "GetMarketCandlesticksByEvent": ABSENT,
    # orders
    "GetOrders": ABSENT,
    "GetOrder": ABSENT,
    "GetOrderQueuePositions": ABSENT,
    "GetOrderQueuePosition": ABSENT,
    "CreateOrderV2": ABSENT,
    "CancelAllOrders": ABSENT,
    "BatchCreateOrdersV2": ABSENT,
    "BatchCancelOrdersV2": ABSENT,
    "CancelOrderV2": ABSENT,
    "AmendOrderV2": ABSENT,
    "DecreaseOrderV2": ABSENT,
    # order groups
    "GetOrderGroups": ABSENT,
    "CreateOrderGroup": ABSENT,
    "GetOrderGroup": ABSENT,
    "DeleteOrderGroup": ABSENT,
    "ResetOrderGroup": ABSENT,
    "TriggerOrderGroup": ABSENT,
    "UpdateOrderGroupLimit": ABSENT,
    # portfolio
    "GetBalance": ABSENT,
    "GetPositions": ABSENT,
    "GetSettlements": ABSENT,
    "GetDeposits": ABSENT,
    "GetWithdrawals": ABSENT,
    "GetPortfolioRestingOrderTotalValue": ABSENT,
    "GetFills": ABSENT,
    # subaccounts
    "CreateSubaccount": ABSENT,
    "ApplySubaccountTransfer": ABSENT,
    "GetSubaccountBalances": ABSENT,
    "GetSubaccountTransfers": ABSENT,
    "GetSubaccountNetting": ABSENT,
    "UpdateSubaccountNetting": ABSENT,
    # API keys and limits
    "GetApiKeys": ABSENT,
    "CreateApiKey": ABSENT,
    "GenerateApiKey": ABSENT,
    "DeleteApiKey": ABSENT,
    "GetAccountApiLimits": ABSENT,
    "UpgradeAccountApiUsageLevel": ABSENT,
    "GetAccountApiUsageLevelVolumeProgress": ABSENT,
    "GetAccountEndpointCosts": ABSENT,
    # shards
    "IntraExchangeInstanceTransfer": ABSENT,
    "GetIntraExchangeInstanceTransfers": ABSENT,
    "GetIntraExchangeInstanceTransfer": ABSENT,
    "GetTargetBalanceAllocation": ABSENT,
    "SetTargetBalanceAllocation": ABSENT,
    # communications
    "GetCommunicationsID": RFQ,
    "GetBlockTradeProposals": RFQ,
    "ProposeBlockTrade": RFQ,
    "AcceptBlockTradeProposal": RFQ,
    "GetRFQs": RFQ,
    "CreateRFQ": RFQ,
    "GetRFQ": RFQ,
    "DeleteRFQ": RFQ,
    "GetRFQQuote": RFQ,
    "DeleteRFQQuote": RFQ,
    "AcceptRFQQuote": RFQ,
    "ConfirmRFQQuote": RFQ,
    "GetRFQBatches": RFQ,
    "CreateRFQBatch": RFQ,
    "GetRFQBatch": RFQ,
    "DeleteRFQBatch": RFQ,
    "GetRFQBatchBestQuotes": RFQ,
    "AcceptRFQBatch": RFQ,
    "GetRFQBatchQuotes": RFQ,
    "CreateRFQBatchQuote": RFQ,
    "DeleteRFQBatchQuote": RFQ,
    "ConfirmRFQBatchQuote": RFQ,
    "GetQuotes": RFQ,
    "CreateQuote": RFQ,
    "GetQuote": RFQ,
    "DeleteQuote": RFQ,
    "AcceptQuote": RFQ,
    "ConfirmQuote": RFQ,
    # combos
    "GetMultivariateEvents": ABSENT,
    "GetMultivariateEventCollection": ABSENT,
    "CreateMarketInMultivariateEventCollection": ABSENT,
    "GetMultivariateEventCollections": ABSENT,
    # information around the markets
    "GetEventForecastPercentilesHistory": ABSENT,
    "GetTagsForSeriesCategories": ABSENT,
    "GetFiltersForSports": ABSENT,
    "GetLiveDataByMilestone": ABSENT,
    "GetLiveData": ABSENT,
    "GetLiveDatas": ABSENT,
    "GetGameStats": ABSENT,
    "GetEventLiveData": ABSENT,
    "GetWeatherIndex": ABSENT,
    "GetWeatherIndexCalibrations": ABSENT,
    "GetStructuredTargets": ABSENT,
    "GetStructuredTarget": ABSENT,
    "GetMilestone": ABSENT,
    "GetMilestones": ABSENT,
    "GetIncentivePrograms": ABSENT,
    # FCM
    "GetFCMFills": ABSENT,
    "GetFCMOrders": ABSENT,
    "ListFCMSubtraders": ABSENT,
    "CreateFCMSubtrader": ABSENT,
    "GetFCMEventContractDailyCap": ABSENT,
    "UpdateFCMEventContractDailyCap": ABSENT,
    "DeleteFCMEventContractDailyCap": ABSENT,
    "GetFCMSubtraderBlockedCategories": ABSENT,
    "UpdateFCMSubtraderBlockedCategories": ABSENT,
    "GetFCMPositions": ABSENT,
    "CreateFCMPositionTransfer": ABSENT,
    # the historical tier
    "GetHistoricalCutoff": HISTORICAL,
    "GetMarketCandlesticksHistorical": HISTORICAL,
    "GetFillsHistorical": HISTORICAL,
    "GetHistoricalOrders": HISTORICAL,
    "GetHistoricalPositions": HISTORICAL,
    "GetTradesHistorical": HISTORICAL,
    "GetHistoricalMarkets": HISTORICAL,
    "GetHistoricalMarket": HISTORICAL,
}

WEBSOCKET: dict[str, Row] = {
    "root": ABSENT,
    "control_frames": ABSENT,
    "orderbook_delta": ABSENT,
    "ticker": ABSENT,
    "trade": ABSENT,
    "fill": ABSENT,
    "market_positions": ABSENT,
    "market_lifecycle_v2": ABSENT,
    "multivariate_market_lifecycle": ABSENT,
    "communications": RFQ,
    "order_group_updates": ABSENT,
    "user_orders": ABSENT,
    "cfbenchmarks_value": ABSENT,
    "cfbenchmarks_value_5hz": ABSENT,
    "pyth_value": ABSENT,
}

FIX_MESSAGES: dict[str, Row] = {
    "0": FIX,
    "1": FIX,
    "2": FIX,
    "3": FIX,
    "4": FIX,
    "5": FIX,
    "8": FIX,
    "9": FIX,
    "A": FIX,
    "AG": FIX,
    "AI": FIX,
    "D": FIX,
    "F": FIX,
    "G": FIX,
    "R": FIX,
    "S": FIX,
    "U1": FIX,
    "U2": FIX,
    "U3": FIX,
    "U7": FIX,
    "U8": FIX,
    "U9": FIX,
    "UA": FIX,
    "UB": FIX,
    "UC": FIX,
    "UE": FIX,
    "UMS": FIX,
    "UOG": FIX,
    "UOH": FIX,
    "V": FIX,
    "W": FIX,
    "X": FIX,
    "Y": FIX,
    "Z": FIX,
    "b": FIX,
    "e": FIX,
    "f": FIX,
    "j": FIX,
    "q": FIX,
    "r": FIX,
}
