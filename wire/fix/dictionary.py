"""Every field and message of Kalshi's FIX, as tables: what a tag is called, what it may hold, where it may stand.

Sources: the published dictionary v1.03 (DICT) and the message pages, which win where the two differ
(SEMANTICS K32): market data V W X Y e f, tags 30 and 100, 21027 with 21030/21031, RfqId on Z U7 UA UB,
the NoRelatedSym group of R, status EXPIRED of UB, 20185-20187 of AG. Three allowances are ours:
TransactTime on D F G (the samples send it), OrderGroupAction on UOH (a published client wants it back), and
every name of an order's group (526 on the page, 20130 in DICT).

In a layout `!` marks a required tag and parentheses the members of a repeating group, the first of which
starts an entry (DICT lists it first; see `starts` for the one group that may start otherwise).
"""

import re

import msgspec

from wire.fix.profiles import SessionKind


class Field(msgspec.Struct, frozen=True):
    """One tag. `kind` is a FIX data type, or UUID for a STRING that must be one.

    `values` are (value, description) of an enumeration; `least` and `most` bound a number, and the length of a
    string by `most`. An open enumeration lets other values through: the message has an answer of its own to them
    (35=Y with 281=4).
    """

    tag: str
    name: str
    kind: str
    values: tuple[tuple[str, str], ...] = ()
    least: int | None = None
    most: int | None = None
    is_open: bool = False


class Member(msgspec.Struct, frozen=True):
    """A tag's place in a message or group; `group` is what repeats behind a NUMINGROUP tag."""

    tag: str
    required: bool
    group: "Group | None" = None


class Group(msgspec.Struct, frozen=True):
    """What repeats. An entry starts with one of `starts`."""

    members: tuple[Member, ...]
    starts: frozenset[str]
    tags: frozenset[str]


class MessageSpec(msgspec.Struct, frozen=True):
    """A message type: its body, and on which session kinds the client and the venue send it."""

    msg_type: str
    name: str
    is_admin: bool
    members: tuple[Member, ...]
    from_client: frozenset[SessionKind]
    from_venue: frozenset[SessionKind]


_FIELD_TABLE = """
6 AvgPx PRICE
7 BeginSeqNo SEQNUM
8 BeginString STRING
9 BodyLength LENGTH
10 CheckSum STRING
11 ClOrdID STRING ..64
14 CumQty QTY
16 EndSeqNo SEQNUM
17 ExecID STRING
18 ExecInst MULTIPLEVALUESTRING 6=POST_ONLY
30 LastMkt EXCHANGE
31 LastPx PRICE
32 LastQty QTY
34 MsgSeqNum SEQNUM
35 MsgType STRING
36 NewSeqNo SEQNUM
37 OrderID STRING
38 OrderQty QTY
39 OrdStatus CHAR 0=NEW 1=PARTIALLY_FILLED 2=FILLED 4=CANCELED 5=REPLACED 6=PENDING_CANCEL 8=REJECTED \
A=PENDING_NEW C=EXPIRED E=PENDING_REPLACE
40 OrdType CHAR 2=LIMIT
41 OrigClOrdID STRING ..64
43 PossDupFlag BOOLEAN
44 Price PRICE
45 RefSeqNum SEQNUM
49 SenderCompID STRING
50 SenderSubID STRING
52 SendingTime UTCTIMESTAMP
54 Side CHAR 1=BUY_YES 2=SELL_NO
55 Symbol STRING
56 TargetCompID STRING
57 TargetSubID STRING
58 Text STRING
59 TimeInForce CHAR 0=DAY 1=GTC 3=IOC 4=FOK 6=GTD
60 TransactTime UTCTIMESTAMP
79 AllocAccount INT 0..63
89 Signature DATA
93 SignatureLength LENGTH
95 RawDataLength LENGTH
96 RawData DATA
97 PossResend BOOLEAN
98 EncryptMethod INT 0=NONE
100 ExDestination INT -1..
102 CxlRejReason INT 0=TOO_LATE_TO_CANCEL 1=UNKNOWN_ORDER 2=BROKER 6=DUPLICATE_CLORDID 18=INVALID_PRICE_INCREMENT \
99=OTHER
103 OrdRejReason INT 1=UNKNOWN_SYMBOL 2=EXCHANGE_CLOSED 3=ORDER_EXCEEDS_LIMIT 4=TOO_LATE_TO_ENTER 6=DUPLICATE_ORDER \
8=STALE_ORDER 11=UNSUPPORTED_ORDER_CHARACTERISTIC 13=INCORRECT_QUANTITY 15=UNKNOWN_ACCOUNT 99=OTHER
108 HeartBtInt INT
112 TestReqID STRING
115 OnBehalfOfCompID STRING
117 QuoteID STRING
122 OrigSendingTime UTCTIMESTAMP
123 GapFillFlag BOOLEAN
126 ExpireTime UTCTIMESTAMP
128 DeliverToCompID STRING
131 QuoteReqID STRING
132 BidPx PRICE
133 OfferPx PRICE
134 BidSize QTY
135 OfferSize QTY
136 NoMiscFees NUMINGROUP
137 MiscFeeAmt AMT
138 MiscFeeCurr CURRENCY
139 MiscFeeType CHAR 4=EXCHANGE_FEES
141 ResetSeqNumFlag BOOLEAN
142 SenderLocationID STRING
143 TargetLocationID STRING
146 NoRelatedSym NUMINGROUP
150 ExecType CHAR 0=NEW 4=CANCELED 5=REPLACED 6=PENDING_CANCEL 8=REJECTED A=PENDING_NEW C=EXPIRED E=PENDING_REPLACE \
F=TRADE
151 LeavesQty QTY
152 CashOrderQty AMT
263 SubscriptionRequestType CHAR open 0=SNAPSHOT 1=SNAPSHOT_PLUS_UPDATES 2=DISABLE_PREVIOUS_SNAPSHOT_PLUS_UPDATE_REQUEST
268 NoMDEntries NUMINGROUP
269 MDEntryType CHAR 0=BID 1=OFFER 2=TRADE
270 MDEntryPx PRICE
271 MDEntrySize QTY
272 MDEntryDate UTCDATEONLY
273 MDEntryTime UTCTIMEONLY
279 MDUpdateAction CHAR 0=NEW 1=CHANGE 2=DELETE
281 MDReqRejReason CHAR 2=INSUFFICIENT_BANDWIDTH 4=UNSUPPORTED_SUBSCRIPTION_REQUEST_TYPE
297 QuoteStatus INT 0=ACCEPTED 5=REJECTED 10=PENDING 17=CANCELLED
298 QuoteCancelStatus INT 0=CANCELLED 1=REJECTED
303 QuoteRequestType INT 1=MANUAL 2=AUTOMATIC
326 SecurityTradingStatus INT 2=TRADING_HALT 3=RESUME 100=KALSHI_DETERMINED 101=KALSHI_SETTLED
371 RefTagID INT
372 RefMsgType STRING
373 SessionRejectReason INT 0=INVALID_TAG_NUMBER 1=REQUIRED_TAG_MISSING 2=TAG_NOT_DEFINED_FOR_MESSAGE 3=UNDEFINED_TAG \
4=TAG_SPECIFIED_WITHOUT_VALUE 5=VALUE_INCORRECT 6=INCORRECT_DATA_FORMAT 7=DECRYPTION_PROBLEM 8=SIGNATURE_PROBLEM \
9=COMPID_PROBLEM 10=SENDINGTIME_ACCURACY_PROBLEM 11=INVALID_MSGTYPE 12=XML_VALIDATION_ERROR \
13=TAG_APPEARS_MORE_THAN_ONCE 14=TAG_SPECIFIED_OUT_OF_REQUIRED_ORDER 15=REPEATING_GROUP_FIELDS_OUT_OF_ORDER \
16=INCORRECT_NUMINGROUP_COUNT_FOR_REPEATING_GROUP 17=NON_DATA_VALUE_INCLUDES_FIELD_DELIMITER \
18=INVALID_UNSUPPORTED_APPLICATION_VERSION 99=OTHER
378 ExecRestatementReason INT
379 BusinessRejectRefID STRING
380 BusinessRejectReason INT 0=OTHER 1=UNKNOWN_ID 2=UNKNOWN_SECURITY 3=UNSUPPORTED_MESSAGE_TYPE \
4=APPLICATION_NOT_AVAILABLE 5=CONDITIONALLY_REQUIRED_FIELD_MISSING 6=NOT_AUTHORIZED 8=RATE_LIMIT_EXCEEDED
383 MaxMessageSize LENGTH
434 CxlRejResponseTo CHAR 1=ORDER_CANCEL_REQUEST 2=ORDER_CANCEL_REPLACE_REQUEST
448 PartyID STRING
452 PartyRole INT 24=CUSTOMER_ACCOUNT 35=LIQUIDITY_PROVIDER
453 NoPartyIDs NUMINGROUP
464 TestMessageIndicator BOOLEAN
526 SecondaryClOrdID UUID
530 MassCancelRequestType CHAR 6=CANCEL_FOR_SESSION
531 MassCancelResponse CHAR 0=REJECTED 6=ALL_ORDERS_CANCELLED
532 MassCancelRejectReason INT
553 Username STRING
554 Password STRING
658 QuoteRequestRejectReason INT 1=UNKNOWN_SYMBOL 3=QUOTE_REQUEST_EXCEEDS_LIMIT 11=INSUFFICIENT_CREDIT 99=OTHER
704 LongQty QTY
705 ShortQty QTY
715 ClearingBusinessDate LOCALMKTDATE
730 SettlementPrice PRICE
789 NextExpectedMsgSeqNum SEQNUM
880 TrdMatchID STRING
891 MiscFeeBasis INT 0=ABSOLUTE
893 LastFragment BOOLEAN
1057 AggressorIndicator BOOLEAN
1128 ApplVerID STRING 9=FIX50SP2
1129 CstmApplVerID STRING
1137 DefaultApplVerID STRING 9=FIX50SP2
1703 NoCollateralAmountChanges NUMINGROUP
1704 CollateralAmountChange AMT
1705 CollateralAmountType STRING BALANCE=BALANCE PAYOUT=PAYOUT
2446 AggressorSide CHAR 1=BUY 2=SELL
2964 SelfTradePreventionType INT 0=UNKNOWN 1=TAKER_AT_CROSS 2=MAKER
8013 CancelOrdersOnDisconnect BOOLEAN
20105 MarketSettlementReportID STRING
20106 TotNumMarketSettlementReports INT
20107 MarketResult STRING yes=YES_OUTCOME no=NO_OUTCOME scalar=SCALAR_VALUE
20108 NoMarketSettlementPartyIDs NUMINGROUP
20109 MarketSettlementPartyID STRING
20110 MarketSettlementPartyRole INT 24=CUSTOMER_ACCOUNT
20126 ListenerSession BOOLEAN
20127 ReceiveSettlementReports BOOLEAN
20130 OrderGroupID UUID
20131 OrderGroupAction INT 1=CREATE 2=RESET 3=DELETE 4=TRIGGER_CANCEL 5=UPDATE
20132 OrderGroupContractsLimit INT 1..1000000
20180 MultivariateCollectionTicker STRING
20181 NoMultivariateSelectedLegs NUMINGROUP
20182 MultivariateSelectedEventTicker STRING
20183 MultivariateSelectedMarketTicker STRING
20184 MultivariateSelectedSide STRING yes=YES_LEG no=NO_LEG
20185 NoMVEOffendingLegs NUMINGROUP
20186 MVEOffendingMarketTicker STRING
20187 MVEValidationReasonCode STRING conflicting_leg_outcomes=CONFLICTING_LEG_OUTCOMES \
duplicated_legs=DUPLICATED_LEGS invalid_market_combination=INVALID_MARKET_COMBINATION
20200 MessageRetentionPeriod INT 1..72
21001 BeginExecID STRING
21002 EndExecID STRING
21003 ResendEventCount INT
21004 EventResendRejectReason INT 1=RATE_LIMITED 2=SERVER_ERROR 3=BEGIN_EXECID_TOO_SMALL 4=END_EXECID_TOO_LARGE
21005 UseDollars BOOLEAN
21006 CancelOrderOnPause BOOLEAN
21007 EnableIocCancelReport BOOLEAN
21008 PreserveOriginalOrderQty BOOLEAN
21009 MaxExecutionCost AMT
21010 QuoteConfirmStatus INT 0=ACCEPTED 1=REJECTED
21011 SkipPendingExecReports BOOLEAN
21012 UseExpiredOrdStatus BOOLEAN
21013 RFQCancelStatus INT 0=CANCELED 1=REJECTED 2=EXPIRED
21015 RestRemainder CHAR Y=YES N=NO
21016 ReplaceExisting CHAR Y=YES N=NO
21022 PreferBetterQuote CHAR Y=YES N=NO
21023 RfqId STRING
21024 AcceptedQuoteId STRING
21025 AcceptQuoteStatus INT 0=ACCEPTED 1=REJECTED
21026 AlwaysEmitNewBeforeTrade BOOLEAN
21027 SplitCollateralReturn BOOLEAN
21030 SingleMarketCollateralReturn AMT
21031 RangedMarketCollateralReturn AMT
"""

_HEADER_LAYOUT = "8! 9! 35! 49! 56! 34! 52! 50 142 57 143 115 128 43 97 122 1128 1129"
_TRAILER_LAYOUT = "93 89 10!"

_PARTIES = "453(448! 452)"
_FEES = "136(137! 138! 139! 891!)"
_COLLATERAL = "1703(1704! 1705!)"
_LOGON_FLAGS = "8013 20126 20127 20200 21005 21006 21007 21008 21011 21012 21026 21027"
_ORDER_STATE = "37! 11! 17! 150! 39! 54! 55! 151! 14! 6! 38! 103 41 44 60 58 126 378 2964"
_TRADE_DETAILS = f"704 705 {_COLLATERAL} 880 1057 21030 21031"

# MsgType, name, who sends it on which session kinds (FIX/common-components), body.
_ADMIN_TABLE = (
    ("0", "Heartbeat", "112"),
    ("1", "TestRequest", "112!"),
    ("2", "ResendRequest", "7! 16!"),
    ("3", "Reject", "45! 371 372 373 58"),
    ("4", "SequenceReset", "123 36!"),
    ("5", "Logout", "58"),
    ("A", "Logon", f"98! 108! 95 96 141 789 383 464 553 554 1137! {_LOGON_FLAGS}"),
)
_APPLICATION_TABLE = (
    (
        "D",
        "NewOrderSingle",
        "NR RT",
        "",
        f"11! 18 38! 40! 44! 54! 55! 100 59 126 117 {_PARTIES} 79 526 20130 2964 21006 21009 21023 60",
    ),
    ("G", "OrderCancelReplaceRequest", "NR RT", "", f"11! 37 41! 38! 40! 44 54! 55! 100 {_PARTIES} 79 20130 60"),
    ("F", "OrderCancelRequest", "NR RT", "", f"11! 37 41! 54! 55! 100 {_PARTIES} 79 60"),
    ("8", "ExecutionReport", "", "NR RT DC", f"{_ORDER_STATE} 30 31 32 {_FEES} {_PARTIES} 79 {_TRADE_DETAILS}"),
    ("9", "OrderCancelReject", "", "NR RT", "37! 11! 41 39! 434! 102 58"),
    ("q", "OrderMassCancelRequest", "NR", "", "11! 530!"),
    ("r", "OrderMassCancelReport", "", "NR", "11! 37! 531! 532"),
    ("j", "BusinessMessageReject", "", "NR DC RT PT RFQ MD", "45! 372! 379 380! 58 371"),
    ("UOG", "OrderGroupRequest", "NR RT", "", "20131! 20132 20130 79 100"),
    ("UOH", "OrderGroupResponse", "", "NR RT", "20130! 20131 20132 79"),
    ("U1", "EventResendRequest", "DC", "", "21001! 21002"),
    ("U2", "EventResendComplete", "", "DC", "45! 21003!"),
    ("U3", "EventResendReject", "", "DC", "45! 21004!"),
    ("V", "MarketDataRequest", "MD", "", "263! 146(55!)"),
    ("W", "MarketDataSnapshotFullRefresh", "", "MD", "55! 268!(269! 270! 271! 272! 273!)"),
    ("X", "MarketDataIncrementalRefresh", "", "MD", "268!(279! 55! 269! 270! 271! 272! 273! 2446)"),
    ("Y", "MarketDataRequestReject", "", "MD", "281 58"),
    ("e", "SecurityStatusRequest", "MD", "", "263! 55!"),
    ("f", "SecurityStatus", "", "MD", "55! 326!"),
    (
        "UMS",
        "MarketSettlementReport",
        "",
        "PT RT",
        f"20105! 55! 715! 20106 20107! 730! 20108(20109! 20110! 704 705 {_COLLATERAL} {_FEES}) 893",
    ),
    (
        "R",
        "QuoteRequest",
        "RT",
        "RFQ",
        f"131! 146!(55 38 152 21015 21016 {_PARTIES}) 21015 21016 79 20180 20181(20182! 20183! 20184!)",
    ),
    ("b", "QuoteRequestAck", "", "RT", "131! 303! 21023 55 100 58"),
    (
        "S",
        "Quote",
        "RFQ",
        "RT",
        f"117! 131! 55! 132 133 38 134 135 18 79 21015 {_PARTIES}",
    ),
    ("AI", "QuoteStatusReport", "", "RFQ", "117! 131! 79 297! 38 132 133 134 135 54 58"),
    ("Z", "QuoteCancel", "RFQ", "", "117! 21023"),
    ("U9", "QuoteCancelStatus", "", "RFQ", "117! 298! 58"),
    ("U7", "QuoteConfirm", "RFQ", "", "117! 21023"),
    ("U8", "QuoteConfirmStatus", "", "RFQ", "117! 21010! 58"),
    ("AG", "QuoteRequestReject", "", "RT RFQ", "58! 131! 658! 20187 20185(20186!)"),
    ("UA", "AcceptQuote", "RT", "", f"117! 21023 54! 38 11 {_PARTIES} 21022"),
    ("UC", "AcceptQuoteStatus", "", "RT", "117! 21025! 21024 11 58"),
    ("UE", "RFQCancel", "RT", "", f"131 21023 {_PARTIES}"),
    ("UB", "RFQCancelStatus", "", "RT", "131! 21013! 21023 58"),
)

_STARTS_OTHERWISE = {("R", "146"): frozenset({"55", "38", "152"})}
"""A combo RFQ leaves the symbol out, so its entry starts with the size (FIX/rfq-messages)."""

_STANDARD_MSG_TYPES = """
0 1 2 3 4 5 6 7 8 9 A B C D E F G H J K L M N P Q R S T V W X Y Z a b c d e f g h i j k l m n o p q r s t u v w x
y z AA AB AC AD AE AF AG AH AI AJ AK AL AM AN AO AP AQ AR AS AT AU AV AW AX AY AZ BA BB BC BD BE BF BG BH BI BJ
BK BL BM BN BO BP BQ BR BS BT BU BV BW BX BY BZ CA CB CC CD CE CF CG CH CI CJ CK CL CM CN CO CP CQ CR CS CT CU CV
CW CX CY CZ DA DB DC DD DE DF DG DH
"""

STANDARD_MSG_TYPES = frozenset(_STANDARD_MSG_TYPES.split())
"""MsgTypes of FIX50SP2: one of these that Kalshi does not have is unsupported, anything else is invalid."""


def _field(line: str) -> Field:
    tag, name, kind, *rest = line.split()
    least = most = None
    if rest and ".." in rest[0]:
        low, _, high = rest.pop(0).partition("..")
        least, most = int(low) if low else None, int(high) if high else None
    is_open = rest[:1] == ["open"]
    values = tuple((value, words) for value, _, words in (item.partition("=") for item in rest[is_open:]))
    return Field(tag, name, kind, values, least, most, is_open)


def _members(layout: str, msg_type: str = "") -> tuple[Member, ...]:
    """Read a layout. Groups may nest."""
    members: list[Member] = []
    words = re.findall(r"\d+!?|[()]", layout)
    stack: list[tuple[list[Member], str, bool]] = []
    for place, word in enumerate(words):
        if word == "(":
            continue
        if word == ")":
            inner, (members, tag, required) = members, stack.pop()
            starts = _STARTS_OTHERWISE.get((msg_type, tag), frozenset({inner[0].tag}))
            group = Group(tuple(inner), starts, frozenset(member.tag for member in inner))
            members.append(Member(tag, required, group))
        elif words[place + 1 : place + 2] == ["("]:
            stack.append((members, word.rstrip("!"), word.endswith("!")))
            members = []
        else:
            members.append(Member(word.rstrip("!"), word.endswith("!")))
    return tuple(members)


def _kinds(short: str) -> frozenset[SessionKind]:
    return frozenset(SessionKind(f"Kalshi{name}") for name in short.split())


_EVERYWHERE = frozenset(SessionKind)
_WITH_RESEND = frozenset({SessionKind.RT, SessionKind.PT})


def _admin(msg_type: str, name: str, layout: str) -> MessageSpec:
    """ResendRequest and SequenceReset exist on RT and PT only; Reject is the venue's, yet clients may send it."""
    kinds = _WITH_RESEND if msg_type in "24" else _EVERYWHERE
    return MessageSpec(msg_type, name, True, _members(layout), kinds, kinds)


def _application(msg_type: str, name: str, client: str, venue: str, layout: str) -> MessageSpec:
    return MessageSpec(msg_type, name, False, _members(layout, msg_type), _kinds(client), _kinds(venue))


FIELDS: dict[str, Field] = {field.tag: field for field in map(_field, _FIELD_TABLE.strip().splitlines())}

HEADER: tuple[Member, ...] = _members(_HEADER_LAYOUT)
TRAILER: tuple[Member, ...] = _members(_TRAILER_LAYOUT)

MESSAGES: dict[str, MessageSpec] = {
    spec.msg_type: spec
    for spec in [*(_admin(*row) for row in _ADMIN_TABLE), *(_application(*row) for row in _APPLICATION_TABLE)]
}

ADMIN_TYPES = frozenset(spec.msg_type for spec in MESSAGES.values() if spec.is_admin)
