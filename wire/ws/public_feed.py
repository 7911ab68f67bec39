"""Engine events -> public channel messages: one mapping, whichever server sends it.

    record ──► book_changes   ──► delta_msg       orderbook_delta
           ──► Trade          ──► trade_msg       trade
           ──► a TopOfBook    ──► ticker_msg      ticker
           ──► lifecycle_msgs                     market_lifecycle_v2, event_lifecycle, event_fee_update

Everything here returns the bytes of a message's `msg` object; sid and seq are the session's. Knows no
subscriber. What an event does not say (a market's UUID, the client's own order id) is handed in.

The hot three (delta, trade, ticker) are byte templates: integers and table look-ups, no objects.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from wire.engine_events import (
    AnyEvent,
    EventCreated,
    EventFeeChanged,
    MarketCloseChanged,
    MarketCreated,
    MarketDetermined,
    MarketSettled,
    MarketStatusChanged,
    OrderAccepted,
    OrderAmended,
    OrderCanceled,
    OrderDecreased,
    PriceGridChanged,
    PriceRange,
    Trade,
)
from wire.enums import BookSide, MarketResult, MarketStatus
from wire.ids import trade_uuid
from wire.rest.common import parse_timestamp, timestamp
from wire.rest.events import EventDetails
from wire.rest.markets import MarketDetails
from wire.units import DOLLAR, MICROS, PAYOUT, format_count, format_fixed, format_money4, format_price
from wire.ws.messages import (
    PRICE_TEXT,
    AdditionalMetadata,
    EventFeeMsg,
    EventLifecycleMsg,
    MarketLifecycleMsg,
    PriceRangeMsg,
    encode,
)

_BID = BookSide.BID
_D = TypeVar("_D", MarketDetails, EventDetails)
_V = TypeVar("_V")


class Stamp:
    """When a record happened, in every spelling the messages use; each written once per record."""

    __slots__ = ("clock", "iso", "ms", "seconds", "suffix")

    def __init__(self, seq: int, ts_us: int) -> None:
        self.clock = seq
        self.ms = ts_us // 1000
        self.seconds = ts_us // MICROS
        self.iso = timestamp(ts_us - ts_us % 1000).encode()
        self.suffix = b',"ts":"%b","ts_ms":%d}' % (self.iso, self.ms)
        """The end of a delta."""


def market_header(ticker: str, market_id: str) -> bytes:
    """The first two fields of every message about one market's book, made once per market."""
    return b'{"market_ticker":%b,"market_id":"%b"' % (encode(ticker), market_id.encode())


# --- orderbook --------------------------------------------------------------------------------------


class BookChange(NamedTuple):
    """One level changed by `delta` because of one order.

    `price` is YES-leg. `cause_account` and `cause_order` say whose order brought it about: the one that
    was placed, changed or ended, and for a trade the taker's (AAS orderbookDelta: "caused").
    """

    ticker: str
    side: BookSide
    price: int
    delta: int
    cause_account: int
    cause_order: int


def book_changes(events: Iterable[AnyEvent]) -> list[BookChange]:
    """What a record does to the levels, in an order in which no reader ever sees a crossed book.

    An order that comes to rest after trading stands before its trades in the record; its own level is
    therefore held back until the makers it hit are gone, or until it leaves the book again itself.
    """
    changes: list[BookChange] = []
    held: BookChange | None = None
    for event in events:
        if isinstance(event, Trade):
            taker, order_id = event.taker_account, event.taker_order_id
            changes.append(BookChange(event.ticker, event.maker_side, event.price, -event.count, taker, order_id))
            continue
        if not isinstance(event, (OrderAccepted, OrderCanceled, OrderDecreased, OrderAmended)):
            continue
        ticker, side, price, account, order_id = event.ticker, event.side, event.price, event.account, event.order_id
        if held is not None and (held.cause_order == order_id or isinstance(event, (OrderAccepted, OrderAmended))):
            changes.append(held)
            held = None
        if isinstance(event, OrderAccepted):
            if event.resting_count:
                held = BookChange(ticker, side, price, event.resting_count, account, order_id)
        elif isinstance(event, OrderCanceled):
            if event.resting_count:
                changes.append(BookChange(ticker, side, price, -event.resting_count, account, order_id))
        elif isinstance(event, OrderDecreased):
            changes.append(BookChange(ticker, side, price, -event.reduced_by, account, order_id))
        else:
            held = _amended(event, changes)
    if held is not None:
        changes.append(held)
    return changes


def _amended(event: OrderAmended, changes: list[BookChange]) -> BookChange | None:
    """Appends what leaves the old level and returns what joins the new one."""
    gone, came = event.old_resting_count, event.resting_count
    if event.old_price == event.price:
        gone, came = max(gone - came, 0), max(came - gone, 0)
    if gone:
        changes.append(BookChange(event.ticker, event.side, event.old_price, -gone, event.account, event.order_id))
    return BookChange(event.ticker, event.side, event.price, came, event.account, event.order_id) if came else None


def delta_msg(header: bytes, change: BookChange, stamp: Stamp, *, yes_price: bool = False) -> bytes:
    """AAS orderbookDelta.msg. A NO level is priced in its own leg unless `yes_price` (SEMANTICS G4, J13)."""
    if change.side is _BID:
        price, side = change.price, b"yes"
    else:
        price, side = change.price if yes_price else PAYOUT - change.price, b"no"
    return b'%b,"clock":%d,"price_dollars":"%b","delta_fp":"%b","side":"%b"%b' % (
        header,
        stamp.clock,
        PRICE_TEXT[price],
        format_count(change.delta).encode(),
        side,
        stamp.suffix,
    )


def own_delta_msg(msg: bytes, client_order_id: str, subaccount: int) -> bytes:
    """A delta as the one who caused it sees it; the subaccount only when it is not the primary (SEMANTICS G4)."""
    own = b',"client_order_id":' + encode(client_order_id) if client_order_id else b""
    if subaccount:
        own += b',"subaccount":%d' % subaccount
    return msg[:-1] + own + b"}"


def snapshot_msg(
    header: bytes,
    clock: int,
    yes: Sequence[tuple[int, int]],
    no: Sequence[tuple[int, int]],
    *,
    yes_price: bool = False,
    empty_sides: bool = False,
) -> bytes:
    """AAS orderbookSnapshot.msg from own-leg levels, ascending.

    An empty side's key is absent, or `[]` with `empty_sides` (SEMANTICS K35). With `yes_price` NO levels are
    turned into YES prices and stay in ascending order of the price shown.
    """
    if yes_price:
        no = [(PAYOUT - price, count) for price, count in reversed(no)]
    sides = b"".join(
        b',"%b":[%b]' % (key, b",".join(b'["%b","%b"]' % (PRICE_TEXT[p], format_count(c).encode()) for p, c in levels))
        for key, levels in ((b"yes_dollars_fp", yes), (b"no_dollars_fp", no))
        if levels or empty_sides
    )
    return b'%b,"clock":%d%b}' % (header, clock, sides)


# --- trade and ticker -------------------------------------------------------------------------------


def trade_msg(event: Trade, shard: int, place: int, stamp: Stamp) -> bytes:
    """AAS trade.msg. The legacy `taker_side` says the outcome, as `taker_outcome_side` does."""
    outcome, side = (b"no", b"ask") if event.maker_side is _BID else (b"yes", b"bid")
    return (
        b'{"trade_id":"%b","market_ticker":%b,"yes_price_dollars":"%b","no_price_dollars":"%b","count_fp":"%b",'
        b'"taker_side":"%b","taker_outcome_side":"%b","taker_book_side":"%b","is_block_trade":false,'
        b'"ts":%d,"ts_ms":%d}'
    ) % (
        trade_uuid(shard, stamp.clock, place).encode(),
        encode(event.ticker),
        PRICE_TEXT[event.price],
        PRICE_TEXT[PAYOUT - event.price],
        format_count(event.count).encode(),
        outcome,
        outcome,
        side,
        stamp.seconds,
        stamp.ms,
    )


class QuotedBook(Protocol):
    """What a ticker is read from: exchange.projections.books.Book, or any reader's book of the same shape."""

    last_price: int
    last_trade_count: int
    volume: int
    dollar_volume: int
    open_interest: int

    def best_bid(self) -> tuple[int, int] | None: ...

    def best_ask(self) -> tuple[int, int] | None: ...


class TopOfBook(NamedTuple):
    """All a ticker shows of a market; a new ticker is due when any of it changed. Prices, Counts, Money."""

    last_price: int
    last_trade_count: int
    bid: tuple[int, int]
    ask: tuple[int, int]
    volume: int
    dollar_volume: int
    open_interest: int


NO_BID = (0, 0)
NO_ASK = (PAYOUT, 0)
"""An empty side is shown as bid 0.0000 and ask 1.0000 (SEMANTICS B2, K7)."""


def top_of(book: QuotedBook) -> TopOfBook:
    return TopOfBook(
        book.last_price,
        book.last_trade_count,
        book.best_bid() or NO_BID,
        book.best_ask() or NO_ASK,
        book.volume,
        book.dollar_volume,
        book.open_interest,
    )


def ticker_msg(header: bytes, top: TopOfBook, stamp: Stamp) -> bytes:
    """AAS ticker.msg. Notionals are whole dollars, cut; open interest is valued at the last price."""
    return (
        b'%b,"price_dollars":"%b","yes_bid_dollars":"%b","yes_ask_dollars":"%b","volume_fp":"%b",'
        b'"open_interest_fp":"%b","dollar_volume":%d,"dollar_open_interest":%d,"yes_bid_size_fp":"%b",'
        b'"yes_ask_size_fp":"%b","last_trade_size_fp":"%b","ts":%d,"ts_ms":%d,"time":"%b"}'
    ) % (
        header,
        PRICE_TEXT[top.last_price],
        PRICE_TEXT[top.bid[0]],
        PRICE_TEXT[top.ask[0]],
        format_count(top.volume).encode(),
        format_count(top.open_interest).encode(),
        top.dollar_volume // DOLLAR,
        top.open_interest * top.last_price // DOLLAR,
        format_count(top.bid[1]).encode(),
        format_count(top.ask[1]).encode(),
        format_count(top.last_trade_count).encode(),
        stamp.seconds,
        stamp.ms,
        stamp.iso,
    )


# --- lifecycle --------------------------------------------------------------------------------------


class LifecycleMessage(NamedTuple):
    """`kind` is the message's type: one channel carries three of them."""

    kind: str
    msg: bytes


def lifecycle_msg(event: AnyEvent, shard: int, stamp: Stamp) -> LifecycleMessage | None:
    """What market_lifecycle_v2 says of an event; None for what it is silent about (SEMANTICS D1, J20)."""
    if isinstance(event, EventCreated):
        return LifecycleMessage("event_lifecycle", encode(_event_created(event, shard)))
    if isinstance(event, EventFeeChanged):
        return LifecycleMessage("event_fee_update", encode(_fee_changed(event))) if event.effective else None
    change = _market_change(event, shard, stamp)
    return None if change is None else LifecycleMessage("market_lifecycle_v2", encode(change))


def _market_change(event: AnyEvent, shard: int, stamp: Stamp) -> MarketLifecycleMsg | None:
    match event:
        case MarketCreated():
            return _market_created(event, shard)
        case MarketStatusChanged(scheduled=False, new=MarketStatus.ACTIVE):
            return MarketLifecycleMsg(market_ticker=event.ticker, event_type="activated", is_deactivated=False)
        case MarketStatusChanged(scheduled=False, new=MarketStatus.INACTIVE):
            return MarketLifecycleMsg(market_ticker=event.ticker, event_type="deactivated", is_deactivated=True)
        case MarketCloseChanged():
            return MarketLifecycleMsg(
                market_ticker=event.ticker, event_type="close_date_updated", close_ts=event.close_us // MICROS
            )
        case MarketDetermined():
            return MarketLifecycleMsg(
                market_ticker=event.ticker,
                event_type="determined",
                determination_ts=stamp.seconds,
                result=event.result,
                settlement_value=_settlement_value(event),
            )
        case MarketSettled():
            return MarketLifecycleMsg(market_ticker=event.ticker, event_type="settled", settled_ts=stamp.seconds)
        case PriceGridChanged():
            return MarketLifecycleMsg(
                market_ticker=event.ticker,
                event_type="price_level_structure_updated",
                price_level_structure=event.price_level_structure,
                price_ranges=_ranges(event.price_ranges),
            )
        case _:
            return None


def _market_created(event: MarketCreated, shard: int) -> MarketLifecycleMsg:
    details = _details(event.details, MarketDetails)
    expected = _seconds(details.expected_expiration_time)
    return MarketLifecycleMsg(
        market_ticker=event.ticker,
        event_type="created",
        exchange_index=shard,
        open_ts=event.open_us // MICROS,
        close_ts=event.close_us // MICROS,
        additional_metadata=AdditionalMetadata(
            # The contract has a name beside the title and REST has not: they are the same here.
            name=details.title,
            title=details.title,
            yes_sub_title=details.yes_sub_title,
            no_sub_title=details.yes_sub_title if details.no_sub_title is None else details.no_sub_title,
            rules_primary=details.rules_primary,
            rules_secondary=details.rules_secondary,
            can_close_early=details.can_close_early,
            event_ticker=event.event_ticker,
            expected_expiration_ts=event.close_us // MICROS if expected is UNSET else expected,
            strike_type=_or_unset(details.strike_type),
            floor_strike=_or_unset(details.floor_strike),
            cap_strike=_or_unset(details.cap_strike),
            custom_strike=_or_unset(details.custom_strike),
        ),
        price_level_structure=event.price_level_structure,
        price_ranges=_ranges(event.price_ranges),
    )


def _event_created(event: EventCreated, shard: int) -> EventLifecycleMsg:
    details = _details(event.details, EventDetails)
    return EventLifecycleMsg(
        event_ticker=event.event_ticker,
        exchange_index=shard,
        title=details.title,
        subtitle=details.sub_title,
        collateral_return_type=event.collateral_return_type,
        series_ticker=event.series_ticker,
        strike_date=_seconds(details.strike_date),
        strike_period=_or_unset(details.strike_period),
    )


def _fee_changed(event: EventFeeChanged) -> EventFeeMsg:
    multiplier = event.fee_multiplier
    if multiplier is None:
        return EventFeeMsg(event.event_ticker, event.fee_type, None)
    # A JSON number, written from the integer: no float on the way.
    number = format_fixed(multiplier, 4).rstrip("0").rstrip(".")
    return EventFeeMsg(event.event_ticker, event.fee_type, msgspec.Raw(number.encode()))


def _settlement_value(event: MarketDetermined) -> str:
    if event.result is MarketResult.SCALAR:
        return format_money4(event.value)
    return format_price(PAYOUT if event.result is MarketResult.YES else 0)


def _ranges(ranges: Iterable[PriceRange]) -> tuple[PriceRangeMsg, ...]:
    return tuple(PriceRangeMsg(format_price(r.start), format_price(r.end), format_price(r.step)) for r in ranges)


def _details(text: bytes, kind: type[_D]) -> _D:
    """Descriptive fields as far as they are what the contract calls them; nothing of them otherwise."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.MsgspecError:
        return kind()


def _or_unset(value: _V | None) -> _V | UnsetType:
    return UNSET if value is None else value


def _seconds(time: str | None) -> int | UnsetType:
    """An RFC 3339 time as Unix seconds, UNSET when there is none or it is not one."""
    us = None if time is None else parse_timestamp(time)
    return UNSET if us is None else us // MICROS
