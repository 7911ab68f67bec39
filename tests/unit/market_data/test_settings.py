"""Settings by their names, and what is wrong with some."""

import pytest
from pydantic import ValidationError

from market_data.settings import Settings
from runtime.settings import settings_help


@pytest.fixture(autouse=True)
def clean(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


def test_the_houses_names_count_and_ours_go_first(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://one")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092")
    assert Settings().redis_url == "redis://one"
    assert Settings().kafka_bootstrap_servers == "kafka:9092"
    monkeypatch.setenv("MARKET_DATA_REDIS_URL", "redis://two")
    assert Settings().redis_url == "redis://two"


def test_the_times_to_live_are_those_of_the_seeds():
    assert Settings().lifetimes == (300, 10, 5)


def test_origins_are_a_list_in_a_line(monkeypatch):
    monkeypatch.setenv("MARKET_DATA_ALLOWED_ORIGINS", "http://a:1, http://b:2")
    assert Settings().origins == {"http://a:1", "http://b:2"}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "eighty", "port"),
        ("PORT", "65536", "port"),
        ("SNAPSHOT_EVERY", "1", "SNAPSHOT_EVERY"),
        ("FOLLOW_LOG", "false", "REDIS_URL is missing"),
        ("NAMESPACE", "a:b", "namespace"),
        ("PRICE_TTL", "0", "price_ttl"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch, name, value, says):
    monkeypatch.setenv(f"MARKET_DATA_{name}", value)
    with pytest.raises(ValidationError, match=says):
        Settings()


def test_help_names_every_setting():
    for name in Settings.model_fields:
        assert name.upper() in settings_help(Settings, "market_data")
