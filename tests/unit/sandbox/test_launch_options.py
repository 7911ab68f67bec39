"""What `mock-kalshi up` is told reaches the venue, option by option."""

from dataclasses import fields, replace

import pytest

from exchange.app import TlsFiles
from sandbox.launch import Launch
from sandbox.scenario import DEMO, load
from sandbox.state_dir import StateDir
from sandbox.venue import options_of
from wire.fix.profiles import SessionKind

TOLD = {
    "host": ("127.0.0.2", lambda options: options.host),
    "port": (1234, lambda options: options.port),
    "durability": ("fsync", lambda options: options.durability),
    "window": (1_000, lambda options: options.window),
    "sandbox": (True, lambda options: options.sandbox),
    "database": ("postgresql://here/it", lambda options: options.history),
    "retention_days": (30, lambda options: options.retention_days),
    "live_days": (7, lambda options: options.gateways.live_days),
    "seed": (5, lambda options: options.gateways.chaos_seed),
}
ELSEWHERE = {
    "tapes_in",
    *("state", "scenario", "scenario_path", "weekly_maintenance", "tapes", "speed", "queue", "mix", "kafka"),
    *("api", "venue_time", "fix_ports", "fix_tls", "fix_certificate", "readers"),
}
"""What has a test of its own below, or is not for the venue."""


@pytest.fixture
def launch(tmp_path):
    return Launch(StateDir(tmp_path), load(DEMO), DEMO)


@pytest.mark.parametrize("name", TOLD)
def test_an_option_reaches_the_venue(launch, name):
    value, read = TOLD[name]
    assert read(options_of(launch)) != value
    assert read(options_of(replace(launch, **{name: value}))) == value


def test_no_option_is_forgotten_here():
    assert {field.name for field in fields(Launch)} == TOLD.keys() | ELSEWHERE


def test_what_has_another_shape_for_the_venue_reaches_it_too(launch, tmp_path):
    certificate = (tmp_path / "certificate.pem", tmp_path / "key.pem")
    told = replace(launch, api="v1", venue_time=frozenset(("signatures", "limits", "fix")), fix_ports={"NR": 5})
    told = replace(told, readers={"ui": 8_123})
    options = options_of(told, "kafka:9092", certificate)
    assert options.state == tmp_path
    assert options.kafka == "kafka:9092"
    assert options.fix == {SessionKind.NR: 5}
    assert options.fix_tls == TlsFiles(*certificate)
    assert options.gateways.api_v1
    assert options.gateways.signatures_in_venue_time
    assert options.gateways.limits_in_venue_time
    assert options.gateways.connections_in_venue_time
    assert "http://127.0.0.1:8123" in options.gateways.ui_origins
