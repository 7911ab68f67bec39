"""Requests for quotes: R S Z U7 UA UE read; R b AG S AI U8 U9 UC UB written (SEMANTICS H9, FIX/rfq-messages).

Two roles: the creator on KalshiRT asks and accepts, the maker on KalshiRFQ quotes and confirms. BidPx is the
maker's price for YES, OfferPx its price for NO. To makers they are cents, or dollars with UseDollars (K30); to
creators always dollars, and left out when they are 0.
"""

from enum import IntEnum

import msgspec

from wire.enums import OutcomeSide, RejectReason
from wire.fix import tags
from wire.fix.codec import encode_fields, encode_group
from wire.fix.message import Message
from wire.fix.messages.order_readers import read_party, read_subaccount
from wire.fix.messages.values import (
    format_amount,
    format_price,
    format_quantity,
    parse_amount,
    parse_price,
    parse_quantity,
)
from wire.fix.validation import read_group

Fields = list[tuple[str, str]]


class QuoteStatus(IntEnum):
    """Tag 297."""

    ACCEPTED = 0
    REJECTED = 5
    PENDING = 10
    CANCELLED = 17


class RequestRejectReason(IntEnum):
    """Tag 658."""

    UNKNOWN_SYMBOL = 1
    EXCEEDS_LIMIT = 3
    INSUFFICIENT_CREDIT = 11
    OTHER = 99


class CancelStatus(IntEnum):
    """Tag 21013; EXPIRED comes unasked."""

    CANCELED = 0
    REJECTED = 1
    EXPIRED = 2


class Leg(msgspec.Struct, frozen=True, gc=False):
    """One leg of a combo."""

    event_ticker: str
    market_ticker: str
    side: OutcomeSide


class RfqRequest(msgspec.Struct, frozen=True, kw_only=True):
    """QuoteRequest (35=R) from a creator: a ticker or a collection with legs; a Count or else a cost as Money."""

    client_request_id: str
    ticker: str
    count: int
    target_cost: int
    rest_remainder: bool
    replace_existing: bool
    subaccount: int | None
    party_id: str
    collection_ticker: str
    legs: tuple[Leg, ...]


class QuoteSubmission(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Quote (35=S) from a maker. A price of 0 declines its side; not both are 0."""

    client_quote_id: str
    rfq_id: str
    ticker: str
    yes_bid: int
    no_bid: int
    post_only: bool
    rest_remainder: bool
    subaccount: int | None


class QuoteReference(msgspec.Struct, frozen=True, gc=False):
    """QuoteCancel (35=Z) or QuoteConfirm (35=U7): a quote, which must be of `rfq_id` if that is given."""

    quote_id: str
    rfq_id: str


class QuoteAcceptance(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """AcceptQuote (35=UA). `accepted_side` is the maker's bid that is taken: buying takes its NO, selling its YES."""

    quote_id: str
    rfq_id: str
    accepted_side: OutcomeSide
    count: int
    """0 = all of it."""
    client_order_id: str
    party_id: str
    prefer_better_quote: bool


class RfqCancel(msgspec.Struct, frozen=True, gc=False):
    """RFQCancel (35=UE), by the creator's own id or ours; the other may be ""."""

    client_request_id: str
    rfq_id: str
    party_id: str


def read_rfq_request(message: Message) -> RfqRequest | RejectReason:
    """R. RestRemainder and ReplaceExisting count inside the group only; outside they are passed over."""
    entry = read_group(message, tags.NO_RELATED_SYM)[0]
    count = parse_quantity(str(entry.get(tags.ORDER_QTY, "0")))
    cost = parse_amount(str(entry.get(tags.CASH_ORDER_QTY, "0")))
    if count is None or cost is None or bool(count) == bool(cost):
        return RejectReason.INVALID_PARAMETERS
    parties = entry.get(tags.NO_PARTY_IDS, [])
    legs = [] if tags.NO_MULTIVARIATE_SELECTED_LEGS not in message.fields else _read_legs(message)
    return RfqRequest(
        client_request_id=message[tags.QUOTE_REQ_ID],
        ticker=str(entry.get(tags.SYMBOL, "")),
        count=count,
        target_cost=cost,
        rest_remainder=entry.get(tags.REST_REMAINDER) == "Y",
        replace_existing=entry.get(tags.REPLACE_EXISTING) == "Y",
        subaccount=read_subaccount(message),
        party_id=str(parties[0][tags.PARTY_ID]) if isinstance(parties, list) and parties else "",
        collection_ticker=message.get(tags.MULTIVARIATE_COLLECTION_TICKER) or "",
        legs=tuple(legs),
    )


def _read_legs(message: Message) -> list[Leg]:
    return [
        Leg(
            str(entry[tags.MULTIVARIATE_SELECTED_EVENT_TICKER]),
            str(entry[tags.MULTIVARIATE_SELECTED_MARKET_TICKER]),
            OutcomeSide(str(entry[tags.MULTIVARIATE_SELECTED_SIDE])),
        )
        for entry in read_group(message, tags.NO_MULTIVARIATE_SELECTED_LEGS)
    ]


def read_quote(message: Message, *, use_dollars: bool) -> QuoteSubmission | RejectReason:
    """S from a maker."""
    yes_bid = parse_price(message.get(tags.BID_PX) or "0", use_dollars=use_dollars)
    no_bid = parse_price(message.get(tags.OFFER_PX) or "0", use_dollars=use_dollars)
    if yes_bid is None or no_bid is None or not (yes_bid or no_bid):
        return RejectReason.INVALID_PRICE
    return QuoteSubmission(
        client_quote_id=message[tags.QUOTE_ID],
        rfq_id=message[tags.QUOTE_REQ_ID],
        ticker=message[tags.SYMBOL],
        yes_bid=yes_bid,
        no_bid=no_bid,
        post_only=message.get(tags.EXEC_INST) == "6",
        rest_remainder=message.flag(tags.REST_REMAINDER),
        subaccount=read_subaccount(message),
    )


def read_quote_reference(message: Message) -> QuoteReference:
    """Z and U7."""
    return QuoteReference(message[tags.QUOTE_ID], message.get(tags.RFQ_ID) or "")


def read_acceptance(message: Message) -> QuoteAcceptance | RejectReason:
    """UA."""
    count = parse_quantity(message.get(tags.ORDER_QTY) or "0")
    if count is None:
        return RejectReason.INVALID_ORDER_SIZE
    return QuoteAcceptance(
        quote_id=message[tags.QUOTE_ID],
        rfq_id=message.get(tags.RFQ_ID) or "",
        accepted_side=OutcomeSide.NO if message[tags.SIDE] == tags.Side.BUY else OutcomeSide.YES,
        count=count,
        client_order_id=message.get(tags.CL_ORD_ID) or "",
        party_id=read_party(message),
        prefer_better_quote=message.flag(tags.PREFER_BETTER_QUOTE),
    )


def read_rfq_cancel(message: Message) -> RfqCancel:
    """UE."""
    return RfqCancel(message.get(tags.QUOTE_REQ_ID) or "", message.get(tags.RFQ_ID) or "", read_party(message))


# --- to the creator -----------------------------------------------------------------------------------


def encode_rfq_ack(client_request_id: str, rfq_id: str, exchange_index: int, resolved_ticker: str = "") -> bytes:
    """The body of b. The ticker is given when legs were asked for and became a market."""
    fields = [(tags.QUOTE_REQ_ID, client_request_id), (tags.QUOTE_REQUEST_TYPE, "1")]
    fields += _given((tags.RFQ_ID, rfq_id), (tags.SYMBOL, resolved_ticker))
    return encode_fields([*fields, (tags.EX_DESTINATION, str(exchange_index))])


def encode_rfq_reject(
    client_request_id: str,
    reason: RequestRejectReason,
    text: str,
    combo_code: str = "",
    offending_tickers: tuple[str, ...] = (),
) -> bytes:
    """The body of AG. A refused combo says which rule (20187) and which legs."""
    fields = [(tags.QUOTE_REQ_ID, client_request_id), (tags.QUOTE_REQUEST_REJECT_REASON, str(int(reason)))]
    fields += [(tags.TEXT, text), *_given((tags.MVE_VALIDATION_REASON_CODE, combo_code))]
    legs = [[(tags.MVE_OFFENDING_MARKET_TICKER, ticker)] for ticker in offending_tickers]
    return encode_fields(fields) + encode_group(tags.NO_MVE_OFFENDING_LEGS, legs)


class QuoteNotice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a creator sees of a quote. Sizes are Counts, 0 leaves them out."""

    quote_id: str
    rfq_id: str
    ticker: str
    yes_bid: int
    no_bid: int
    count: int = 0
    yes_count: int = 0
    no_count: int = 0
    quoter_id: str = ""
    """The maker's pseudonym, its communications id."""


def encode_quote_notice(notice: QuoteNotice) -> bytes:
    """The body of S to a creator: always dollars, a declined side left out."""
    fields = [(tags.QUOTE_ID, notice.quote_id), (tags.QUOTE_REQ_ID, notice.rfq_id), (tags.SYMBOL, notice.ticker)]
    for tag, price in ((tags.BID_PX, notice.yes_bid), (tags.OFFER_PX, notice.no_bid)):
        if price:
            fields.append((tag, format_price(price, use_dollars=True)))
    fields += _sizes(notice.count, notice.yes_count, notice.no_count)
    party = [[(tags.PARTY_ID, notice.quoter_id), (tags.PARTY_ROLE, "35")]] if notice.quoter_id else []
    return encode_fields(fields) + encode_group(tags.NO_PARTY_IDS, party)


def encode_acceptance_status(
    quote_id: str, *, accepted_quote_id: str = "", client_order_id: str = "", refusal: str = ""
) -> bytes:
    """The body of UC: accepted, and which quote was, or refused."""
    fields = [(tags.QUOTE_ID, quote_id), (tags.ACCEPT_QUOTE_STATUS, _status(refusal))]
    fields += _given((tags.ACCEPTED_QUOTE_ID, accepted_quote_id), (tags.CL_ORD_ID, client_order_id))
    return encode_fields(fields + _given((tags.TEXT, refusal)))


def encode_rfq_cancel_status(client_request_id: str, status: CancelStatus, rfq_id: str = "", text: str = "") -> bytes:
    """The body of UB."""
    fields = [(tags.QUOTE_REQ_ID, client_request_id), (tags.RFQ_CANCEL_STATUS, str(int(status)))]
    return encode_fields(fields + _given((tags.RFQ_ID, rfq_id), (tags.TEXT, text)))


# --- to makers ----------------------------------------------------------------------------------------


def encode_rfq_broadcast(
    rfq_id: str,
    ticker: str,
    count: int,
    *,
    target_cost: int = 0,
    creator_id: str = "",
    collection_ticker: str = "",
    legs: tuple[Leg, ...] = (),
) -> bytes:
    """The body of R to a maker: the group with the ticker first, the creator's pseudonym inside it, then the legs."""
    entry = [(tags.SYMBOL, ticker), (tags.ORDER_QTY, format_quantity(count))]
    if target_cost:
        entry.append((tags.CASH_ORDER_QTY, format_amount(target_cost)))
    if creator_id:
        entry += [(tags.NO_PARTY_IDS, "1"), (tags.PARTY_ID, creator_id)]
    body = encode_fields([(tags.QUOTE_REQ_ID, rfq_id)]) + encode_group(tags.NO_RELATED_SYM, [entry])
    body += encode_fields(_given((tags.MULTIVARIATE_COLLECTION_TICKER, collection_ticker)))
    return body + encode_group(
        tags.NO_MULTIVARIATE_SELECTED_LEGS,
        [
            [
                (tags.MULTIVARIATE_SELECTED_EVENT_TICKER, leg.event_ticker),
                (tags.MULTIVARIATE_SELECTED_MARKET_TICKER, leg.market_ticker),
                (tags.MULTIVARIATE_SELECTED_SIDE, leg.side.value),
            ]
            for leg in legs
        ],
    )


class QuoteReport(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """QuoteStatusReport (35=AI). A rejected quote has no id of ours, no prices, and a text."""

    quote_id: str
    rfq_id: str
    status: QuoteStatus
    yes_bid: int = 0
    no_bid: int = 0
    count: int = 0
    yes_count: int = 0
    no_count: int = 0
    accepted_side: OutcomeSide | None = None
    subaccount: int | None = None
    text: str = ""


NO_QUOTE_ID = "NONE"
"""QuoteID of a rejected quote. The page calls it empty; an empty field is no valid FIX, and engines refuse it."""


def encode_quote_report(report: QuoteReport, *, use_dollars: bool) -> bytes:
    """The body of AI."""
    fields = [(tags.QUOTE_ID, report.quote_id or NO_QUOTE_ID), (tags.QUOTE_REQ_ID, report.rfq_id)]
    if report.subaccount is not None:
        fields.append((tags.ALLOC_ACCOUNT, str(report.subaccount)))
    fields.append((tags.QUOTE_STATUS, str(int(report.status))))
    if report.status is not QuoteStatus.REJECTED:
        for tag, price in ((tags.BID_PX, report.yes_bid), (tags.OFFER_PX, report.no_bid)):
            fields.append((tag, format_price(price, use_dollars=use_dollars)))
    fields += _sizes(report.count, report.yes_count, report.no_count)
    if report.accepted_side is not None:
        fields.append((tags.SIDE, "1" if report.accepted_side is OutcomeSide.YES else "2"))
    return encode_fields(fields + _given((tags.TEXT, report.text)))


def encode_confirm_status(quote_id: str, refusal: str = "") -> bytes:
    """The body of U8."""
    fields = [(tags.QUOTE_ID, quote_id), (tags.QUOTE_CONFIRM_STATUS, _status(refusal))]
    return encode_fields(fields + _given((tags.TEXT, refusal)))


def encode_quote_cancel_status(quote_id: str, refusal: str = "") -> bytes:
    """The body of U9."""
    fields = [(tags.QUOTE_ID, quote_id), (tags.QUOTE_CANCEL_STATUS, _status(refusal))]
    return encode_fields(fields + _given((tags.TEXT, refusal)))


# --- small things -------------------------------------------------------------------------------------


def _given(*fields: tuple[str, str]) -> Fields:
    return [(tag, value) for tag, value in fields if value]


def _sizes(count: int, yes_count: int, no_count: int) -> Fields:
    sizes = ((tags.ORDER_QTY, count), (tags.BID_SIZE, yes_count), (tags.OFFER_SIZE, no_count))
    return [(tag, format_quantity(size)) for tag, size in sizes if size]


def _status(refusal: str) -> str:
    return "1" if refusal else "0"
