"""Names of the FIX tags, message types and values this house speaks, Kalshi's 2xxxx included.

A tag is kept as the text it is on the wire: parsing and writing never convert it. What a tag may hold and
where it may stand is the dictionary's business (wire/fix/dictionary.py).
"""

from typing import Final

# --- header and trailer -------------------------------------------------------------------------------

BEGIN_STRING: Final = "8"
BODY_LENGTH: Final = "9"
CHECK_SUM: Final = "10"
MSG_SEQ_NUM: Final = "34"
MSG_TYPE: Final = "35"
POSS_DUP_FLAG: Final = "43"
SENDER_COMP_ID: Final = "49"
SENDING_TIME: Final = "52"
TARGET_COMP_ID: Final = "56"
POSS_RESEND: Final = "97"
ORIG_SENDING_TIME: Final = "122"

# --- session ------------------------------------------------------------------------------------------

BEGIN_SEQ_NO: Final = "7"
END_SEQ_NO: Final = "16"
NEW_SEQ_NO: Final = "36"
REF_SEQ_NUM: Final = "45"
TEXT: Final = "58"
RAW_DATA_LENGTH: Final = "95"
RAW_DATA: Final = "96"
ENCRYPT_METHOD: Final = "98"
HEART_BT_INT: Final = "108"
TEST_REQ_ID: Final = "112"
GAP_FILL_FLAG: Final = "123"
RESET_SEQ_NUM_FLAG: Final = "141"
REF_TAG_ID: Final = "371"
REF_MSG_TYPE: Final = "372"
SESSION_REJECT_REASON: Final = "373"
BUSINESS_REJECT_REF_ID: Final = "379"
BUSINESS_REJECT_REASON: Final = "380"
NEXT_EXPECTED_MSG_SEQ_NUM: Final = "789"
DEFAULT_APPL_VER_ID: Final = "1137"
CANCEL_ORDERS_ON_DISCONNECT: Final = "8013"
LISTENER_SESSION: Final = "20126"
RECEIVE_SETTLEMENT_REPORTS: Final = "20127"
MESSAGE_RETENTION_PERIOD: Final = "20200"
USE_DOLLARS: Final = "21005"
CANCEL_ORDER_ON_PAUSE: Final = "21006"
ENABLE_IOC_CANCEL_REPORT: Final = "21007"
PRESERVE_ORIGINAL_ORDER_QTY: Final = "21008"
SKIP_PENDING_EXEC_REPORTS: Final = "21011"
USE_EXPIRED_ORD_STATUS: Final = "21012"
ALWAYS_EMIT_NEW_BEFORE_TRADE: Final = "21026"
SPLIT_COLLATERAL_RETURN: Final = "21027"

# --- orders -------------------------------------------------------------------------------------------

AVG_PX: Final = "6"
CL_ORD_ID: Final = "11"
CUM_QTY: Final = "14"
EXEC_ID: Final = "17"
EXEC_INST: Final = "18"
LAST_MKT: Final = "30"
LAST_PX: Final = "31"
LAST_QTY: Final = "32"
ORDER_ID: Final = "37"
ORDER_QTY: Final = "38"
ORD_STATUS: Final = "39"
ORD_TYPE: Final = "40"
ORIG_CL_ORD_ID: Final = "41"
PRICE: Final = "44"
SIDE: Final = "54"
SYMBOL: Final = "55"
TIME_IN_FORCE: Final = "59"
TRANSACT_TIME: Final = "60"
ALLOC_ACCOUNT: Final = "79"
EX_DESTINATION: Final = "100"
CXL_REJ_REASON: Final = "102"
ORD_REJ_REASON: Final = "103"
QUOTE_ID: Final = "117"
EXPIRE_TIME: Final = "126"
NO_MISC_FEES: Final = "136"
MISC_FEE_AMT: Final = "137"
MISC_FEE_CURR: Final = "138"
MISC_FEE_TYPE: Final = "139"
EXEC_TYPE: Final = "150"
LEAVES_QTY: Final = "151"
CXL_REJ_RESPONSE_TO: Final = "434"
PARTY_ID: Final = "448"
PARTY_ROLE: Final = "452"
NO_PARTY_IDS: Final = "453"
SECONDARY_CL_ORD_ID: Final = "526"
MASS_CANCEL_REQUEST_TYPE: Final = "530"
MASS_CANCEL_RESPONSE: Final = "531"
MASS_CANCEL_REJECT_REASON: Final = "532"
LONG_QTY: Final = "704"
SHORT_QTY: Final = "705"
TRD_MATCH_ID: Final = "880"
MISC_FEE_BASIS: Final = "891"
AGGRESSOR_INDICATOR: Final = "1057"
NO_COLLATERAL_AMOUNT_CHANGES: Final = "1703"
COLLATERAL_AMOUNT_CHANGE: Final = "1704"
COLLATERAL_AMOUNT_TYPE: Final = "1705"
SELF_TRADE_PREVENTION_TYPE: Final = "2964"
ORDER_GROUP_ID: Final = "20130"
ORDER_GROUP_ACTION: Final = "20131"
ORDER_GROUP_CONTRACTS_LIMIT: Final = "20132"
MAX_EXECUTION_COST: Final = "21009"
SINGLE_MARKET_COLLATERAL_RETURN: Final = "21030"
RANGED_MARKET_COLLATERAL_RETURN: Final = "21031"

# --- drop copy ----------------------------------------------------------------------------------------

BEGIN_EXEC_ID: Final = "21001"
END_EXEC_ID: Final = "21002"
RESEND_EVENT_COUNT: Final = "21003"
EVENT_RESEND_REJECT_REASON: Final = "21004"

# --- market data --------------------------------------------------------------------------------------

NO_RELATED_SYM: Final = "146"
SUBSCRIPTION_REQUEST_TYPE: Final = "263"
NO_MD_ENTRIES: Final = "268"
MD_ENTRY_TYPE: Final = "269"
MD_ENTRY_PX: Final = "270"
MD_ENTRY_SIZE: Final = "271"
MD_ENTRY_DATE: Final = "272"
MD_ENTRY_TIME: Final = "273"
MD_UPDATE_ACTION: Final = "279"
MD_REQ_REJ_REASON: Final = "281"
SECURITY_TRADING_STATUS: Final = "326"
AGGRESSOR_SIDE: Final = "2446"

# --- settlement ---------------------------------------------------------------------------------------

CLEARING_BUSINESS_DATE: Final = "715"
SETTLEMENT_PRICE: Final = "730"
LAST_FRAGMENT: Final = "893"
MARKET_SETTLEMENT_REPORT_ID: Final = "20105"
TOT_NUM_MARKET_SETTLEMENT_REPORTS: Final = "20106"
MARKET_RESULT: Final = "20107"
NO_MARKET_SETTLEMENT_PARTY_IDS: Final = "20108"
MARKET_SETTLEMENT_PARTY_ID: Final = "20109"
MARKET_SETTLEMENT_PARTY_ROLE: Final = "20110"

# --- RFQ ----------------------------------------------------------------------------------------------

QUOTE_REQ_ID: Final = "131"
BID_PX: Final = "132"
OFFER_PX: Final = "133"
BID_SIZE: Final = "134"
OFFER_SIZE: Final = "135"
CASH_ORDER_QTY: Final = "152"
QUOTE_STATUS: Final = "297"
QUOTE_CANCEL_STATUS: Final = "298"
QUOTE_REQUEST_TYPE: Final = "303"
QUOTE_REQUEST_REJECT_REASON: Final = "658"
MULTIVARIATE_COLLECTION_TICKER: Final = "20180"
NO_MULTIVARIATE_SELECTED_LEGS: Final = "20181"
MULTIVARIATE_SELECTED_EVENT_TICKER: Final = "20182"
MULTIVARIATE_SELECTED_MARKET_TICKER: Final = "20183"
MULTIVARIATE_SELECTED_SIDE: Final = "20184"
NO_MVE_OFFENDING_LEGS: Final = "20185"
MVE_OFFENDING_MARKET_TICKER: Final = "20186"
MVE_VALIDATION_REASON_CODE: Final = "20187"
QUOTE_CONFIRM_STATUS: Final = "21010"
RFQ_CANCEL_STATUS: Final = "21013"
REST_REMAINDER: Final = "21015"
REPLACE_EXISTING: Final = "21016"
PREFER_BETTER_QUOTE: Final = "21022"
RFQ_ID: Final = "21023"
ACCEPTED_QUOTE_ID: Final = "21024"
ACCEPT_QUOTE_STATUS: Final = "21025"


class MsgType:
    """Values of tag 35 (FIX/common-components, supported MsgTypes)."""

    HEARTBEAT: Final = "0"
    TEST_REQUEST: Final = "1"
    RESEND_REQUEST: Final = "2"
    REJECT: Final = "3"
    SEQUENCE_RESET: Final = "4"
    LOGOUT: Final = "5"
    EXECUTION_REPORT: Final = "8"
    ORDER_CANCEL_REJECT: Final = "9"
    LOGON: Final = "A"
    NEW_ORDER_SINGLE: Final = "D"
    ORDER_CANCEL_REQUEST: Final = "F"
    ORDER_CANCEL_REPLACE_REQUEST: Final = "G"
    QUOTE_REQUEST: Final = "R"
    QUOTE: Final = "S"
    MARKET_DATA_REQUEST: Final = "V"
    MARKET_DATA_SNAPSHOT_FULL_REFRESH: Final = "W"
    MARKET_DATA_INCREMENTAL_REFRESH: Final = "X"
    MARKET_DATA_REQUEST_REJECT: Final = "Y"
    QUOTE_CANCEL: Final = "Z"
    QUOTE_REQUEST_REJECT: Final = "AG"
    QUOTE_STATUS_REPORT: Final = "AI"
    QUOTE_REQUEST_ACK: Final = "b"
    SECURITY_STATUS_REQUEST: Final = "e"
    SECURITY_STATUS: Final = "f"
    BUSINESS_MESSAGE_REJECT: Final = "j"
    ORDER_MASS_CANCEL_REQUEST: Final = "q"
    ORDER_MASS_CANCEL_REPORT: Final = "r"
    EVENT_RESEND_REQUEST: Final = "U1"
    EVENT_RESEND_COMPLETE: Final = "U2"
    EVENT_RESEND_REJECT: Final = "U3"
    QUOTE_CONFIRM: Final = "U7"
    QUOTE_CONFIRM_STATUS: Final = "U8"
    QUOTE_CANCEL_STATUS: Final = "U9"
    ACCEPT_QUOTE: Final = "UA"
    RFQ_CANCEL_STATUS: Final = "UB"
    ACCEPT_QUOTE_STATUS: Final = "UC"
    RFQ_CANCEL: Final = "UE"
    MARKET_SETTLEMENT_REPORT: Final = "UMS"
    ORDER_GROUP_REQUEST: Final = "UOG"
    ORDER_GROUP_RESPONSE: Final = "UOH"


class SessionRejectReason:
    """Values of tag 373 (FIX/error-handling; 13 and up: DICT)."""

    INVALID_TAG_NUMBER: Final = 0
    REQUIRED_TAG_MISSING: Final = 1
    TAG_NOT_DEFINED_FOR_MESSAGE: Final = 2
    UNDEFINED_TAG: Final = 3
    TAG_WITHOUT_VALUE: Final = 4
    VALUE_INCORRECT: Final = 5
    INCORRECT_DATA_FORMAT: Final = 6
    SIGNATURE_PROBLEM: Final = 8
    COMP_ID_PROBLEM: Final = 9
    SENDING_TIME_ACCURACY: Final = 10
    INVALID_MSG_TYPE: Final = 11
    TAG_APPEARS_MORE_THAN_ONCE: Final = 13
    TAG_OUT_OF_ORDER: Final = 14
    GROUP_FIELDS_OUT_OF_ORDER: Final = 15
    GROUP_COUNT_INCORRECT: Final = 16


class BusinessRejectReason:
    """Values of tag 380 (FIX/error-handling)."""

    OTHER: Final = 0
    UNKNOWN_ID: Final = 1
    UNKNOWN_SECURITY: Final = 2
    UNSUPPORTED_MESSAGE_TYPE: Final = 3
    APPLICATION_NOT_AVAILABLE: Final = 4
    CONDITIONALLY_REQUIRED_FIELD_MISSING: Final = 5
    NOT_AUTHORIZED: Final = 6
    RATE_LIMIT_EXCEEDED: Final = 8


class Side:
    """Values of tag 54: 1 buys YES, 2 sells YES, which is buying NO."""

    BUY: Final = "1"
    SELL: Final = "2"


class TimeInForceValue:
    """Values of tag 59; without the tag an order is good for the day (SEMANTICS K14)."""

    DAY: Final = "0"
    GOOD_TILL_CANCEL: Final = "1"
    IMMEDIATE_OR_CANCEL: Final = "3"
    FILL_OR_KILL: Final = "4"
    GOOD_TILL_DATE: Final = "6"


class ExecType:
    """Values of tag 150."""

    NEW: Final = "0"
    CANCELED: Final = "4"
    REPLACED: Final = "5"
    PENDING_CANCEL: Final = "6"
    REJECTED: Final = "8"
    PENDING_NEW: Final = "A"
    EXPIRED: Final = "C"
    PENDING_REPLACE: Final = "E"
    TRADE: Final = "F"


class OrdStatus:
    """Values of tag 39."""

    NEW: Final = "0"
    PARTIALLY_FILLED: Final = "1"
    FILLED: Final = "2"
    CANCELED: Final = "4"
    PENDING_CANCEL: Final = "6"
    REJECTED: Final = "8"
    PENDING_NEW: Final = "A"
    EXPIRED: Final = "C"
    PENDING_REPLACE: Final = "E"
