"""Series, events, markets, fees and pauses from the events (SEMANTICS D1, D3, B11)."""

import pytest

from exchange.projections.catalogue import Catalogue
from tests.unit.exchange.public_venue import details, event_created, market_created, series_created
from wire.engine_events import (
    EngineEvent,
    EventFeeChanged,
    MarketCloseChanged,
    MarketDetermined,
    MarketSettled,
    MarketStatusChanged,
    PauseChanged,
    PriceGridChanged,
    PriceRange,
    SeriesFeeChanged,
)
from wire.enums import FeeType, MarketResult, MarketStatus, PauseScope
from wire.units import DOLLAR

M = "KXRAIN-26-A"


def fold(catalogue: Catalogue, *events: EngineEvent, seq: int = 1, ts_us: int = 1_000) -> None:
    for place, event in enumerate(events):
        catalogue.handlers()[type(event)](seq, ts_us, place, event)


@pytest.fixture
def catalogue() -> Catalogue:
    made = Catalogue()
    fold(made, series_created(), event_created(), market_created())
    return made


def test_market_is_found_by_its_event_and_its_series(catalogue):
    assert [market.ticker for market in catalogue.markets_of_event("KXRAIN-26")] == [M]
    assert [market.ticker for market in catalogue.markets_of_series("KXRAIN")] == [M]
    assert catalogue.markets_of_event("KXSNOW-26") == []


def test_descriptive_fields_are_read_and_the_others_ignored(catalogue):
    about = details(title="Will it rain?", floor_strike=3.5, yes_bid_dollars="0.9900", status="finalized")
    fold(catalogue, market_created("KXRAIN-26-B", about=about))
    market = catalogue.markets["KXRAIN-26-B"]
    assert (market.details.title, market.details.floor_strike) == ("Will it rain?", 3.5)
    assert market.status is MarketStatus.INITIALIZED


@pytest.mark.parametrize("about", [b"", b"nonsense", b"[]", details(title=5)])
def test_details_that_are_no_description_are_served_as_defaults(catalogue, about):
    fold(catalogue, market_created("KXRAIN-26-B", about=about))
    assert catalogue.markets["KXRAIN-26-B"].details.title == ""


def test_status_change_moves_the_status_and_the_updated_time(catalogue):
    fold(catalogue, MarketStatusChanged(M, MarketStatus.INITIALIZED, MarketStatus.ACTIVE, True), ts_us=5_000)
    market = catalogue.markets[M]
    assert (market.status, market.created_us, market.updated_us) == (MarketStatus.ACTIVE, 1_000, 5_000)


def test_close_and_grid_changes_are_kept(catalogue):
    ranges = (PriceRange(0, 10_000, 10),)
    fold(catalogue, MarketCloseChanged(M, 77), PriceGridChanged(M, "deci_cent", ranges))
    market = catalogue.markets[M]
    assert (market.close_us, market.price_level_structure, market.price_ranges) == (77, "deci_cent", ranges)


def test_outcome_and_settlement_are_kept_with_their_times(catalogue):
    fold(catalogue, MarketDetermined(M, MarketResult.YES, DOLLAR, 9_000, "4.2"), ts_us=6_000)
    fold(catalogue, MarketSettled(M, MarketResult.YES, DOLLAR), ts_us=9_000)
    market = catalogue.markets[M]
    assert (market.result, market.value, market.expiration_value) == (MarketResult.YES, DOLLAR, "4.2")
    assert (market.determined_us, market.settle_us, market.settled_us) == (6_000, 9_000, 9_000)


def test_scheduled_fee_change_applies_when_it_comes_into_force(catalogue):
    change = ("KXRAIN", FeeType.FLAT, 5_000, 8_000)
    fold(catalogue, SeriesFeeChanged(*change, False), seq=2, ts_us=2_000)
    assert catalogue.series["KXRAIN"].fee_type is FeeType.QUADRATIC
    fold(catalogue, SeriesFeeChanged(*change, True), seq=3, ts_us=8_000)
    series = catalogue.series["KXRAIN"]
    assert (series.fee_type, series.fee_multiplier, series.updated_us) == (FeeType.FLAT, 5_000, 8_000)
    assert [(known.seq, known.effective) for known in catalogue.series_fee_changes] == [(2, True)]


def test_fee_change_nobody_announced_is_noted_when_it_comes_into_force(catalogue):
    fold(catalogue, SeriesFeeChanged("KXRAIN", FeeType.FLAT, 5_000, 8_000, True))
    assert [known.effective for known in catalogue.series_fee_changes] == [True]


def test_event_override_ends_with_a_change_to_nothing(catalogue):
    fold(catalogue, EventFeeChanged("KXRAIN-26", FeeType.FLAT, 5_000, 8_000, True))
    assert catalogue.events["KXRAIN-26"].fee_multiplier == 5_000
    fold(catalogue, EventFeeChanged("KXRAIN-26", None, None, 9_000, True))
    assert catalogue.events["KXRAIN-26"].fee_type is None


def test_pauses_of_both_scopes_are_told_apart(catalogue):
    fold(catalogue, PauseChanged(PauseScope.TRADING, True, 9_000))
    assert catalogue.pause(PauseScope.TRADING).active
    assert not catalogue.pause(PauseScope.EXCHANGE).active
    fold(catalogue, PauseChanged(PauseScope.TRADING, False))
    assert not catalogue.pause(PauseScope.TRADING).active


def test_market_id_is_where_the_market_was_created(catalogue):
    assert catalogue.markets[M].market_id(0) == "00000000-0007-4002-8000-000000000001"


def test_a_loaded_dump_is_the_same_catalogue(catalogue):
    fold(catalogue, SeriesFeeChanged("KXRAIN", FeeType.FLAT, 5_000, 8_000, False))
    fold(catalogue, PauseChanged(PauseScope.EXCHANGE, True, 9_000))
    loaded = Catalogue()
    loaded.load(catalogue.dump())
    assert loaded.dump() == catalogue.dump()
    assert loaded.market_keys() == catalogue.market_keys() == [(1_000, M)]
    assert loaded.pause(PauseScope.EXCHANGE).active
