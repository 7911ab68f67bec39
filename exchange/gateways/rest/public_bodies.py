"""The market as the public sees it: catalogue, book and bars in one body.

Knows how projections become OAS:Market, and when the retired fields are added. Asks nobody and changes nothing.
"""

from starlette.responses import Response

from exchange.gateways.context import VenueContext
from exchange.gateways.errors import not_found
from exchange.gateways.rest.openapi import answer
from exchange.projections.catalogue import MarketEntry
from wire.candles import DAY
from wire.enums import MarketResult
from wire.rest.common import timestamp
from wire.rest.legacy import with_retired_fields
from wire.rest.markets import Market, PriceBand, Result
from wire.units import MICROS, PAYOUT, format_count, format_money4, format_price

_ONE_DOLLAR = format_price(PAYOUT)

_RESULTS: dict[MarketResult | None, Result] = {
    None: "",
    MarketResult.YES: "yes",
    MarketResult.NO: "no",
    MarketResult.SCALAR: "scalar",
}


def public_answer(context: VenueContext, body: object) -> Response:
    """200 with this body; with the V1 API on, the retired integer fields beside the present ones."""
    return answer(with_retired_fields(body) if context.settings.api_v1 else body)


def is_archived(market: MarketEntry, cutoff_us: int) -> bool:
    """Whether a market is in /historical, and nowhere else (SEMANTICS D6)."""
    return 0 < market.settled_us < cutoff_us


def live_market(context: VenueContext, ticker: str) -> MarketEntry:
    """404 for a market that is unknown or archived."""
    market = context.views.catalogue.markets.get(ticker)
    if market is None or is_archived(market, context.cutoff_us()):
        raise not_found()
    return market


def live_markets_of(context: VenueContext, event_ticker: str) -> list[MarketEntry]:
    """An event's markets but the archived: events themselves never move (SEMANTICS D6)."""
    cutoff_us = context.cutoff_us()
    markets = context.views.catalogue.markets_of_event(event_ticker)
    return [market for market in markets if not is_archived(market, cutoff_us)]


def market_body(context: VenueContext, market: MarketEntry) -> Market:
    """OAS:Market. An empty side shows as bid "0.0000" or ask "1.0000" (SEMANTICS B2, K7); what stood a day ago
    is "0.0000" for a market that was not quoted or traded then (recording markets__single).
    """
    details = market.details
    book = context.views.books.book(market.ticker)
    bid, ask = book.best_bid(), book.best_ask()
    bid_price, ask_price = book.bid_price, book.ask_price
    day_ago = book.candles.at(context.clock.now_us() // MICROS - DAY)
    latest_expiration = details.latest_expiration_time or timestamp(market.close_us)
    # What may be missing stands here only when it is known: the wire leaves the others out.
    known = {
        "cap_strike": details.cap_strike,
        "custom_strike": details.custom_strike,
        "early_close_condition": details.early_close_condition,
        "expected_expiration_time": details.expected_expiration_time,
        "fee_waiver_expiration_time": timestamp(market.fee_waiver_us) if market.fee_waiver_us else None,
        "floor_strike": details.floor_strike,
        "functional_strike": details.functional_strike,
        "is_provisional": details.is_provisional or None,
        "mve_collection_ticker": details.mve_collection_ticker,
        "mve_selected_legs": details.mve_selected_legs,
        "occurrence_datetime": details.occurrence_datetime,
        "primary_participant_key": details.primary_participant_key,
        "settlement_floor_dollars": format_price(market.settlement_floor) if market.settlement_floor else None,
        "settlement_ts": timestamp(market.settled_us) if market.settled_us else None,
        "settlement_value_dollars": format_money4(market.value) if market.result is not None else None,
        "strike_type": details.strike_type,
        "subtitle": details.subtitle,
    }
    return Market(
        can_close_early=details.can_close_early,
        close_time=timestamp(market.close_us),
        created_time=timestamp(market.created_us),
        event_ticker=market.event_ticker,
        exchange_index=context.settings.shard,
        expiration_time=details.expiration_time or latest_expiration,
        expiration_value=market.expiration_value,
        last_price_dollars=format_price(book.last_price),
        latest_expiration_time=latest_expiration,
        market_type=details.market_type,
        no_ask_dollars=format_price(PAYOUT - bid_price),
        no_bid_dollars=format_price(PAYOUT - ask_price),
        no_sub_title=details.no_name,
        notional_value_dollars=_ONE_DOLLAR,
        open_interest_fp=format_count(book.open_interest),
        open_time=timestamp(market.open_us),
        previous_price_dollars=format_price(max(day_ago.last_price, 0) if day_ago else 0),
        previous_yes_ask_dollars=format_price(day_ago.ask_close if day_ago else 0),
        previous_yes_bid_dollars=format_price(day_ago.bid_close if day_ago else 0),
        price_level_structure=market.price_level_structure,
        price_ranges=tuple(
            PriceBand(start=format_price(band.start), end=format_price(band.end), step=format_price(band.step))
            for band in market.price_ranges
        ),
        result=_RESULTS[market.result],
        rules_primary=details.rules_primary,
        rules_secondary=details.rules_secondary,
        settlement_bounds_type="floor" if market.settlement_floor else "default",
        settlement_timer_seconds=market.settlement_timer_us // MICROS,
        status=market.status,
        ticker=market.ticker,
        title=details.title,
        updated_time=timestamp(market.updated_us),
        volume_24h_fp=format_count(book.volume - (day_ago.total_volume if day_ago else 0)),
        volume_fp=format_count(book.volume),
        yes_ask_dollars=format_price(ask_price),
        yes_ask_size_fp=format_count(ask[1] if ask else 0),
        yes_bid_dollars=format_price(bid_price),
        yes_bid_size_fp=format_count(bid[1] if bid else 0),
        yes_sub_title=details.yes_sub_title,
        **{name: value for name, value in known.items() if value is not None},  # type: ignore[arg-type]
    )
