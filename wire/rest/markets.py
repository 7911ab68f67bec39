"""Bodies of /markets, and the descriptive fields a market is created with.

Knows spellings and which fields may be missing; fills nothing in.
"""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from wire.enums import BookSide, MarketStatus, OutcomeSide
from wire.rest.common import CountText, Dollars, Timestamp

MarketType = Literal["binary", "scalar"]
Result = Literal["yes", "no", "scalar", ""]
"""MarketResult, or nothing yet."""
StrikeType = Literal[
    "greater", "greater_or_equal", "less", "less_or_equal", "between", "functional", "custom", "structured"
]


class MveSelectedLeg(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    event_ticker: str = ""
    market_ticker: str = ""
    side: str = ""
    yes_settlement_value_dollars: Dollars | UnsetType = UNSET


class MarketDetails(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `MarketCreated.details` may say, in the words of OAS:Market and MarketMetadata. Other keys are ignored.

    So a whole market body as Kalshi serves it is a fine description: its prices and statuses are left alone.
    """

    market_type: MarketType = "binary"
    title: str = ""
    subtitle: str | None = None
    yes_sub_title: str = ""
    no_sub_title: str | None = None
    """None: the same as yes_sub_title: `no_name`."""
    expected_expiration_time: Timestamp | None = None
    expiration_time: Timestamp | None = None
    latest_expiration_time: Timestamp | None = None
    """None: when the market closes."""
    can_close_early: bool = True
    early_close_condition: str | None = None
    occurrence_datetime: Timestamp | None = None
    strike_type: StrikeType | None = None
    floor_strike: int | float | None = None
    cap_strike: int | float | None = None
    functional_strike: str | None = None
    custom_strike: dict[str, Any] | None = None
    rules_primary: str = ""
    rules_secondary: str = ""
    mve_collection_ticker: str | None = None
    mve_selected_legs: tuple[MveSelectedLeg, ...] | None = None
    primary_participant_key: str | None = None
    is_provisional: bool = False
    image_url: str = ""
    color_code: str = ""

    @property
    def no_name(self) -> str:
        """What the NO side is called."""
        return self.yes_sub_title if self.no_sub_title is None else self.no_sub_title


class PriceBand(msgspec.Struct, frozen=True, kw_only=True):
    """OAS:PriceRange, spelled as recorded: four decimals."""

    end: Dollars
    start: Dollars
    step: Dollars


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """OAS:Market 3.34. A field that may be unset is left out, not null (recording markets__single)."""

    can_close_early: bool
    cap_strike: int | float | UnsetType = UNSET
    close_time: Timestamp
    created_time: Timestamp
    custom_strike: dict[str, Any] | UnsetType = UNSET
    early_close_condition: str | UnsetType = UNSET
    event_ticker: str
    exchange_index: int
    expected_expiration_time: Timestamp | UnsetType = UNSET
    expiration_time: Timestamp
    expiration_value: str
    fee_waiver_expiration_time: Timestamp | UnsetType = UNSET
    floor_strike: int | float | UnsetType = UNSET
    functional_strike: str | UnsetType = UNSET
    is_provisional: bool | UnsetType = UNSET
    last_price_dollars: Dollars
    latest_expiration_time: Timestamp
    liquidity_dollars: Dollars = "0.0000"
    """Gone from the contract (SEMANTICS A6), and always zero before; kalshi-sdk 22.4.0 still demands it."""
    market_type: MarketType
    mve_collection_ticker: str | UnsetType = UNSET
    mve_selected_legs: tuple[MveSelectedLeg, ...] | UnsetType = UNSET
    no_ask_dollars: Dollars
    no_bid_dollars: Dollars
    no_sub_title: str
    notional_value_dollars: Dollars
    occurrence_datetime: Timestamp | UnsetType = UNSET
    open_interest_fp: CountText
    open_time: Timestamp
    previous_price_dollars: Dollars
    previous_yes_ask_dollars: Dollars
    previous_yes_bid_dollars: Dollars
    price_level_structure: str
    price_ranges: tuple[PriceBand, ...]
    primary_participant_key: str | UnsetType = UNSET
    result: Result
    rules_primary: str
    rules_secondary: str
    settlement_bounds_type: Literal["default", "floor"]
    settlement_floor_dollars: Dollars | UnsetType = UNSET
    settlement_timer_seconds: int
    settlement_ts: Timestamp | UnsetType = UNSET
    settlement_value_dollars: Dollars | UnsetType = UNSET
    status: MarketStatus
    strike_type: StrikeType | UnsetType = UNSET
    subtitle: str | UnsetType = UNSET
    ticker: str
    title: str
    updated_time: Timestamp
    volume_24h_fp: CountText
    volume_fp: CountText
    yes_ask_dollars: Dollars
    yes_ask_size_fp: CountText
    yes_bid_dollars: Dollars
    yes_bid_size_fp: CountText
    yes_sub_title: str


class GetMarketResponse(msgspec.Struct, frozen=True):
    market: Market


class GetMarketsResponse(msgspec.Struct, frozen=True, kw_only=True):
    cursor: str
    markets: list[Market]


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """OAS:Trade. Both prices belong to the one YES price, whatever the taker did (SEMANTICS J14)."""

    count_fp: CountText
    created_time: Timestamp
    is_block_trade: bool
    no_price_dollars: Dollars
    taker_book_side: BookSide
    taker_outcome_side: OutcomeSide
    taker_side: OutcomeSide
    """Deprecated and still sent (SEMANTICS A6)."""
    ticker: str
    trade_id: str
    yes_price_dollars: Dollars


class GetTradesResponse(msgspec.Struct, frozen=True, kw_only=True):
    cursor: str
    trades: list[Trade]


PriceLevel = tuple[Dollars, CountText]


class OrderbookCountFp(msgspec.Struct, frozen=True, kw_only=True):
    """Bids only, each side in its own leg's prices, best last; an empty side is [] (SEMANTICS B2)."""

    no_dollars: list[PriceLevel]
    yes_dollars: list[PriceLevel]


class GetMarketOrderbookResponse(msgspec.Struct, frozen=True):
    orderbook_fp: OrderbookCountFp


class MarketOrderbookFp(msgspec.Struct, frozen=True, kw_only=True):
    orderbook_fp: OrderbookCountFp
    ticker: str


class GetMarketOrderbooksResponse(msgspec.Struct, frozen=True):
    orderbooks: list[MarketOrderbookFp]
