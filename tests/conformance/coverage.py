"""What of Kalshi's contract the simulator has, and the test that proves it.

One row per REST operationId, WebSocket channel and FIX MsgType. `full`: everything the contract and the
documents say; `partial`: the note says what is missing; `absent`: REST answers 501, a FIX message 35=j or is never
sent. A row that is not absent names a test. docs/COMPATIBILITY.md is rendered from this table.
"""

from typing import Literal, NamedTuple

Level = Literal["full", "partial", "absent"]


class Row(NamedTuple):
    level: Level
    test: str = ""
    """Node id of the test that proves the row best, `path::name`; the tests around it prove the rest."""
    note: str = ""


class Client(NamedTuple):
    """A published client whose walk through the venue is a test."""

    requirement: str
    """As its installer reads it: `name==version`, for npm `name@version`."""
    speaks: str
    test: str
    note: str = ""


WALKS = "tests/conformance/clients/test_client_walks.py"

CLIENTS = (
    Client("kalshi-sdk==22.4.0", "REST, WebSocket", f"{WALKS}::test_kalshi_sdk_walks", "Python 3.12 or newer"),
    Client("kalshi-sdk==22.4.0", "FIX in TLS", f"{WALKS}::test_kalshi_sdk_walks_over_fix"),
    Client("pykalshi==2.0.0", "REST", f"{WALKS}::test_pykalshi_walks"),
    Client(
        "kalshi-python-sync==3.34.0",
        "REST",
        f"{WALKS}::test_kalshis_own_python_clients_of_today_walk",
        "Kalshi's own, Python 3.13 or newer; sends `POST /account/api_usage_level/upgrade` without a content type,"
        " which is refused (F4)",
    ),
    Client(
        "kalshi-python-async==3.34.0",
        "REST",
        f"{WALKS}::test_kalshis_own_python_clients_of_today_walk",
        "Kalshi's own, Python 3.13 or newer",
    ),
    Client(
        "kalshi-python-sync==3.2.0",
        "REST, retired V1 orders",
        f"{WALKS}::test_kalshi_python_sync_walks_the_retired_api",
        "what pip chooses before Python 3.13; with `--api v1`",
    ),
    Client("kalshi-typescript@3.30.0", "REST", f"{WALKS}::test_kalshi_typescript_walks", "Kalshi's own, for node"),
)

ABSENT = Row("absent")
RFQ = Row("absent", note="comes with the RFQ issue")
FIX_RFQ = Row(
    "absent",
    note="read and checked, then answered with 35=j 380=4: there is no RFQ engine yet",
)
FIX_RFQ_OUT = Row("absent", note="never sent: there is no RFQ engine yet")

REST_TESTS = "tests/unit/exchange/gateways/rest"
WS_TESTS = "tests/unit/exchange/gateways/ws"
NETTING = "the setting is kept; collateral of mutually exclusive events is not released yet"
CANDLES = "`price.min_dollars` and `price.max_dollars` are never there"
SUBTRADERS = "there are no FCM subtraders: a key for one is refused"
NO_RFQS = "there is no RFQ engine: always empty"
NO_RFQ = "there is no RFQ engine: always 404"
NO_VALUES = "can be subscribed, filtered and asked for its list; no value is ever sent"


def _full(module: str, test: str) -> Row:
    return Row("full", f"{REST_TESTS}/test_{module}.py::{test}")


def _partial(module: str, test: str, note: str) -> Row:
    return Row("partial", f"{REST_TESTS}/test_{module}.py::{test}", note)


REST: dict[str, Row] = {
    # exchange
    "GetExchangeStatus": _full("exchange", "test_trading_pause_stops_trading_only"),
    "GetExchangeSchedule": _full("exchange", "test_a_pause_with_an_end_is_a_maintenance_window"),
    "GetUserDataTimestamp": _full("exchange", "test_user_data_is_as_fresh_as_the_clock"),
    # catalogue
    "GetSeriesFeeChanges": _full("series", "test_fee_changes_show_what_is_to_come"),
    "GetSeries": _full("series", "test_series_has_every_required_field"),
    "GetSeriesList": _full("series", "test_list_filters_by_any_category_and_tag"),
    "GetEvents": _partial(
        "events",
        "test_list_filters_by_series_tickers_close_and_update",
        "there are no milestones: `with_milestones` is always answered with an empty list",
    ),
    "GetEvent": _full("events", "test_event_has_every_required_field"),
    "GetEventMetadata": _full("events", "test_metadata_names_each_market"),
    "GetEventFeeChanges": _full("events", "test_fee_changes_show_a_cleared_override_as_null"),
    "GetMarkets": _partial(
        "markets",
        "test_list_filters_by_times",
        "there are no combos: `mve_filter=only` is always answered with an empty list",
    ),
    "GetMarket": _full("markets", "test_market_described_like_the_recorded_one_has_its_shape"),
    # market data
    "GetTrades": _partial(
        "markets",
        "test_trade_has_every_field_of_the_contract",
        "there are no block trades: `is_block_trade=true` finds none",
    ),
    "GetMarketOrderbook": _full("markets", "test_depth_keeps_the_best_levels_with_the_best_last"),
    "GetMarketOrderbooks": _full("markets", "test_many_books_come_one_for_each_ticker"),
    "GetMarketCandlesticks": _partial("markets", "test_candlestick_has_every_field_of_the_contract", CANDLES),
    "BatchGetMarketCandlesticks": _partial("markets", "test_batch_answers_each_ticker_in_order", CANDLES),
    "GetMarketCandlesticksByEvent": _partial("markets", "test_event_candlesticks_stop_at_5_000_and_say_where", CANDLES),
    # orders
    "GetOrders": _full("orders", "test_filters"),
    "GetOrder": _full("orders", "test_one_order"),
    "GetOrderQueuePositions": _full("orders", "test_queue_positions_of_all_resting_orders"),
    "GetOrderQueuePosition": _full("orders", "test_queue_position_of_one_order"),
    "CreateOrderV2": _full("order_mutations", "test_a_resting_order_is_answered_without_status_and_averages"),
    "CancelAllOrders": _full(
        "order_mutations", "test_cancel_all_is_204_and_takes_every_subaccount_unless_one_is_named"
    ),
    "BatchCreateOrdersV2": _full("order_mutations", "test_a_batch_is_created_entry_by_entry_in_order"),
    "BatchCancelOrdersV2": _full("order_mutations", "test_a_batch_is_canceled_entry_by_entry_in_order"),
    "CancelOrderV2": _full("order_mutations", "test_an_order_is_looked_for_where_the_request_says"),
    "AmendOrderV2": _full("order_mutations", "test_an_amend_that_moves_the_price_alone_has_no_counts"),
    "DecreaseOrderV2": _full("order_mutations", "test_decrease_answers_what_remains"),
    # order groups
    "GetOrderGroups": _full("order_groups", "test_list_shows_the_members_groups"),
    "CreateOrderGroup": _full("order_groups", "test_create_answers_id_subaccount_and_shard"),
    "GetOrderGroup": _full("order_groups", "test_group_lists_its_resting_orders"),
    "DeleteOrderGroup": _full("order_groups", "test_delete_cancels_its_orders_and_removes_it"),
    "ResetOrderGroup": _full("order_groups", "test_trigger_cancels_and_reset_opens_again"),
    "TriggerOrderGroup": _full("order_groups", "test_trigger_cancels_and_reset_opens_again"),
    "UpdateOrderGroupLimit": _full("order_groups", "test_limit_update"),
    # portfolio
    "GetBalance": _full("portfolio", "test_balance_looks_as_recorded"),
    "GetPositions": _full("portfolio", "test_positions_have_six_decimals_and_the_recorded_numbers"),
    "GetSettlements": _full("portfolio", "test_settlement_record"),
    "GetDeposits": _full("portfolio", "test_deposits_are_cents_newest_first"),
    "GetWithdrawals": _full("portfolio", "test_withdrawals_are_positive"),
    "GetPortfolioRestingOrderTotalValue": _full("portfolio", "test_total_resting_order_value"),
    "GetFills": _full("portfolio", "test_fill_shows_the_trade_from_its_members_side"),
    # subaccounts
    "CreateSubaccount": _full("subaccounts", "test_subaccounts_are_numbered_from_one"),
    "ApplySubaccountTransfer": _full("subaccounts", "test_transfer_moves_money_and_answers_an_empty_object"),
    "GetSubaccountBalances": _full("subaccounts", "test_restricted_key_reads_its_own_balance_only"),
    "GetSubaccountTransfers": _full("subaccounts", "test_transfers_are_listed_newest_first"),
    "GetSubaccountNetting": _partial("subaccounts", "test_netting_is_set_and_read", NETTING),
    "UpdateSubaccountNetting": _partial("subaccounts", "test_netting_is_set_and_read", NETTING),
    # API keys and limits
    "GetApiKeys": _partial(
        "api_keys",
        "test_keys_are_listed_with_scopes_and_restriction",
        "no `fcm_subtrader_id` (there are no FCM subtraders), no `api_key_region_expiration_ts` (nobody attests)",
    ),
    "CreateApiKey": _partial("api_keys", "test_own_public_key_signs_requests", SUBTRADERS),
    "GenerateApiKey": _partial("api_keys", "test_generated_key_signs_requests", SUBTRADERS),
    "DeleteApiKey": _full("api_keys", "test_deleted_key_is_unknown"),
    "GetAccountApiLimits": _partial(
        "account",
        "test_limits_of_a_new_account_are_prestige",
        "volume earns no tier and no grant expires: a tier is the venue's default or an upgrade",
    ),
    "UpgradeAccountApiUsageLevel": _full("account", "test_upgrade_needs_an_order"),
    "GetAccountApiUsageLevelVolumeProgress": _partial(
        "account",
        "test_volume_progress_counts_the_members_fills",
        "computed at the call and not once a day, from the fills in memory and the venue's whole volume",
    ),
    "GetAccountEndpointCosts": _full("account", "test_endpoint_costs_are_public_and_look_as_recorded"),
    # shards
    "IntraExchangeInstanceTransfer": ABSENT,
    "GetIntraExchangeInstanceTransfers": ABSENT,
    "GetIntraExchangeInstanceTransfer": ABSENT,
    "GetTargetBalanceAllocation": ABSENT,
    "SetTargetBalanceAllocation": ABSENT,
    # communications
    "GetCommunicationsID": _full("communications", "test_every_member_has_an_id_of_its_own_for_the_others"),
    "GetBlockTradeProposals": _partial("communications", "test_there_are_none", NO_RFQS),
    "ProposeBlockTrade": RFQ,
    "AcceptBlockTradeProposal": RFQ,
    "GetRFQs": _partial("communications", "test_there_are_none", NO_RFQS),
    "CreateRFQ": RFQ,
    "GetRFQ": _partial("communications", "test_no_id_names_one", NO_RFQ),
    "DeleteRFQ": RFQ,
    "GetRFQQuote": _partial("communications", "test_no_id_names_one", NO_RFQ),
    "DeleteRFQQuote": RFQ,
    "AcceptRFQQuote": RFQ,
    "ConfirmRFQQuote": RFQ,
    "GetRFQBatches": _partial("communications", "test_there_are_none", NO_RFQS),
    "CreateRFQBatch": RFQ,
    "GetRFQBatch": _partial("communications", "test_no_id_names_one", NO_RFQ),
    "DeleteRFQBatch": RFQ,
    "GetRFQBatchBestQuotes": RFQ,
    "AcceptRFQBatch": RFQ,
    "GetRFQBatchQuotes": RFQ,
    "CreateRFQBatchQuote": RFQ,
    "DeleteRFQBatchQuote": RFQ,
    "ConfirmRFQBatchQuote": RFQ,
    "GetQuotes": _partial("communications", "test_quotes_are_asked_for_by_whose_they_are", NO_RFQS),
    "CreateQuote": RFQ,
    "GetQuote": _partial("communications", "test_no_id_names_one", NO_RFQ),
    "DeleteQuote": RFQ,
    "AcceptQuote": RFQ,
    "ConfirmQuote": RFQ,
    # combos
    "GetMultivariateEvents": _partial("events", "test_there_are_no_combos", "there are no combos yet: always empty"),
    "GetMultivariateEventCollection": _partial("never_there", "test_no_id_names_one", "there are none: always 404"),
    "CreateMarketInMultivariateEventCollection": ABSENT,
    "GetMultivariateEventCollections": _partial(
        "never_there", "test_the_list_is_empty", "there are none: always empty"
    ),
    # information around the markets
    "GetEventForecastPercentilesHistory": ABSENT,
    "GetTagsForSeriesCategories": _full("search", "test_tags_are_those_of_the_series_in_each_category"),
    "GetFiltersForSports": _partial(
        "search", "test_there_are_no_filters_by_sport", "no market here is told to be of a sport: always empty"
    ),
    "GetLiveDataByMilestone": _partial("never_there", "test_no_id_names_one", "there are none: always 404"),
    "GetLiveData": _partial("never_there", "test_no_id_names_one", "there are none: always 404"),
    "GetLiveDatas": _partial("never_there", "test_the_list_is_empty", "there are none: always empty"),
    "GetGameStats": _partial("never_there", "test_no_id_names_one", "there are none: always 404"),
    "GetEventLiveData": _partial("never_there", "test_no_id_names_one", "there are none: always 404"),
    "GetWeatherIndex": ABSENT,
    "GetWeatherIndexCalibrations": ABSENT,
    "GetStructuredTargets": _partial("never_there", "test_the_list_is_empty", "there are none: always empty"),
    "GetStructuredTarget": _partial("never_there", "test_no_id_names_one", "there are none: always 404"),
    "GetMilestone": _partial("never_there", "test_no_id_names_one", "there are none: always 404"),
    "GetMilestones": _partial("never_there", "test_the_list_is_empty", "there are none: always empty"),
    "GetIncentivePrograms": _partial("never_there", "test_the_list_is_empty", "there are none: always empty"),
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
    "GetHistoricalCutoff": _full("historical", "test_the_cutoff_is_the_live_window_before_now"),
    "GetMarketCandlesticksHistorical": _full("historical", "test_candlesticks_of_an_archived_market_have_plain_names"),
    "GetFillsHistorical": _full("historical", "test_each_fill_is_on_one_side_of_the_cutoff"),
    "GetHistoricalOrders": _full("historical", "test_ended_orders_move_and_resting_ones_never_do"),
    "GetHistoricalPositions": _full("historical", "test_positions_move_by_whole_events"),
    "GetTradesHistorical": _partial(
        "historical",
        "test_each_trade_is_on_one_side_of_the_cutoff",
        "there are no block trades: `is_block_trade=true` finds none",
    ),
    "GetHistoricalMarkets": _full("historical", "test_markets_move_when_they_settled_before_the_cutoff"),
    "GetHistoricalMarket": _full("historical", "test_markets_move_when_they_settled_before_the_cutoff"),
}

WEBSOCKET: dict[str, Row] = {
    "root": Row("full", "tests/sessions/test_ws_commands.py::test_script"),
    "control_frames": Row("full", f"{WS_TESTS}/test_ws_protocol.py::test_server_pings_with_heartbeat"),
    "orderbook_delta": Row(
        "full", f"{WS_TESTS}/test_ws_hub.py::test_reader_with_deltas_equals_the_projected_book_after_random_trading"
    ),
    "ticker": Row("full", f"{WS_TESTS}/test_ws_contract.py::test_every_message_fits_its_published_schema"),
    "trade": Row("full", f"{WS_TESTS}/test_ws_contract.py::test_every_message_fits_its_published_schema"),
    "fill": Row("full", f"{WS_TESTS}/test_ws_contract.py::test_every_message_fits_its_published_schema"),
    "market_positions": Row("full", f"{WS_TESTS}/test_ws_contract.py::test_every_message_fits_its_published_schema"),
    "market_lifecycle_v2": Row(
        "partial",
        f"{WS_TESTS}/test_ws_contract.py::test_every_message_fits_its_published_schema",
        "`metadata_updated` is never sent: what describes a market does not change",
    ),
    "multivariate_market_lifecycle": Row(
        "partial",
        "tests/sessions/test_ws_commands.py::test_script",
        "can be subscribed and stays silent: there are no combos",
    ),
    "communications": Row(
        "partial",
        "tests/sessions/test_ws_commands.py::test_script",
        "can be subscribed, sharded too, and stays silent: comes with the RFQ issue",
    ),
    "order_group_updates": Row(
        "full",
        f"{WS_TESTS}/test_ws_channels.py::test_order_group_life_is_numbered_and_says_the_limit_only_where_it_is_set",
    ),
    "user_orders": Row("full", f"{WS_TESTS}/test_ws_contract.py::test_every_message_fits_its_published_schema"),
    "cfbenchmarks_value": Row(
        "partial",
        f"{WS_TESTS}/test_ws_contract.py::test_every_kind_of_message_was_heard",
        NO_VALUES,
    ),
    "cfbenchmarks_value_5hz": Row(
        "partial",
        f"{WS_TESTS}/test_ws_contract.py::test_every_kind_of_message_was_heard",
        NO_VALUES,
    ),
    "pyth_value": Row(
        "partial",
        f"{WS_TESTS}/test_ws_contract.py::test_every_kind_of_message_was_heard",
        NO_VALUES,
    ),
}


def _fix(test: str, missing: str = "") -> Row:
    return Row("partial" if missing else "full", f"tests/integration/test_fix_orders.py::{test}", missing)


NO_PARTY = "no 21031: nothing is netted across markets; no party group: there are no FCM customers"
NO_BOUND = "`MaxExecutionCost` cancels an order whose worst case is beyond it instead of filling a part; 117 is refused"
NO_BALANCE = "BALANCE changes are not told; a party is an account: there are no FCM customers"

FIX_MESSAGES: dict[str, Row] = {
    "0": _fix("test_skip_pending_drops_pending_reports"),
    "1": _fix("test_skip_pending_drops_pending_reports"),
    "2": _fix("test_rt_resends_what_happened_while_it_was_away"),
    "3": _fix("test_refused_group_id_is_a_session_reject"),
    "4": _fix("test_rt_resends_what_happened_while_it_was_away"),
    "5": _fix("test_wrong_signature_is_answered_with_logout"),
    "8": _fix("test_a_crossing_order_folds_new_into_its_first_trade", NO_PARTY),
    "9": _fix("test_cancel_of_a_filled_order_is_too_late"),
    "A": _fix("test_second_connection_of_a_key_is_refused_until_the_first_is_gone"),
    "AG": FIX_RFQ_OUT,
    "AI": FIX_RFQ_OUT,
    "D": _fix("test_an_order_is_pending_then_new", NO_BOUND),
    "F": _fix("test_cancel_is_pending_then_canceled"),
    "G": _fix("test_replace_below_the_filled_part_is_refused_and_to_it_cancels"),
    "R": FIX_RFQ,
    "S": FIX_RFQ,
    "U1": _fix("test_drop_copy_knows_what_happened_before_a_restart_and_before_anybody_was_on_fix"),
    "U2": _fix("test_drop_copy_gives_reports_again"),
    "U3": _fix("test_drop_copy_reaches_back_three_hours"),
    "U7": FIX_RFQ,
    "U8": FIX_RFQ_OUT,
    "U9": FIX_RFQ_OUT,
    "UA": FIX_RFQ,
    "UB": FIX_RFQ_OUT,
    "UC": FIX_RFQ_OUT,
    "UE": FIX_RFQ,
    "UMS": _fix("test_settlement_report_on_pt", NO_BALANCE),
    "UOG": _fix("test_order_group_is_created_filled_and_deleted"),
    "UOH": _fix("test_order_group_is_created_filled_and_deleted"),
    "V": _fix("test_market_data_snapshot_then_increments"),
    "W": _fix("test_market_data_snapshot_then_increments"),
    "X": _fix("test_market_data_snapshot_then_increments"),
    "Y": _fix("test_market_data_snapshot_then_increments"),
    "Z": FIX_RFQ,
    "b": FIX_RFQ_OUT,
    "e": _fix("test_security_status_tells_changes_only"),
    "f": _fix("test_security_status_tells_changes_only"),
    "j": _fix("test_rate_limit_is_shared_with_rest"),
    "q": _fix("test_mass_cancel_takes_the_sessions_orders_only"),
    "r": _fix("test_mass_cancel_takes_the_sessions_orders_only"),
}
