import re

import pytest
from pydantic import ValidationError

from market_maker.settings import MakerSettings, explain
from market_maker.strategy.avellaneda_stoikov import AvellanedaStoikov
from market_maker.strategy.ladder import Ladder
from market_maker.strategy.oscillate import Oscillate

NEEDED = {"key_id": "k", "private_key_path": "k.pem", "ticker": "A"}


def test_the_defaults_are_those_of_old():
    settings = MakerSettings(**NEEDED)
    assert settings.strategy == "oscillate"
    assert settings.interval_ms == 3_000
    assert settings.build_strategy() == Oscillate(price_min=3_300, price_max=6_700, spread=1_000, count=10_000)
    assert settings.health_port == 8888


def test_the_environment_is_read(monkeypatch):
    monkeypatch.setenv("MARKET_MAKER_TICKER", "A, B,,A")
    monkeypatch.setenv("MARKET_MAKER_PRICE_MIN", "40.5")
    settings = MakerSettings(key_id="k", private_key_path="k.pem")
    assert settings.tickers == ("A", "B")
    assert settings.build_strategy().price_min == 4_050


@pytest.mark.parametrize(("name", "kind"), [("avellaneda-stoikov", AvellanedaStoikov), ("ladder", Ladder)])
def test_a_strategy_is_chosen_by_its_name(name, kind):
    assert isinstance(MakerSettings(**NEEDED, strategy=name).build_strategy(), kind)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"key_id": ""}, "MARKET_MAKER_KEY_ID"),
        ({"venue_url": "kalshi.com"}, "MARKET_MAKER_VENUE_URL"),
        ({"health_port": 70_000}, "MARKET_MAKER_HEALTH_PORT"),
        ({"price_min": 60}, "price_min \\+ spread must not be above price_max"),
        ({"interval_ms": 30_000}, "quote_lifetime_s must be at least two intervals"),
    ],
)
def test_what_is_wrong_is_said_by_the_name_of_the_setting(wrong, said):
    with pytest.raises(ValidationError) as caught:
        MakerSettings(**(NEEDED | wrong))
    assert re.search(said, explain(caught.value))
