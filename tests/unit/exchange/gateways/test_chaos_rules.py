"""Rules of chaos without a door: whom they are about, whom they hit, and what they draw."""

from statistics import median

import pytest

from exchange.gateways.chaos.chaos import Chaos
from exchange.gateways.chaos.rules import Rule, Subject

ORDER = Subject(("CreateOrderV2",), ("KXTEST-26-A",), 1)


def struck(chaos, subject=ORDER):
    return [rule.rule_id for rule in chaos.struck("rest", subject)]


def latency(**fields):
    return Rule(channel="rest", fault="latency", **fields)


def test_lognormal_latency_has_its_median_and_spreads():
    rule = Chaos(3).add(latency(ms=100, sigma=0.5))
    drawn = [rule.seconds for _ in range(2_000)]
    assert 0.09 < median(drawn) < 0.11
    assert min(drawn) < 0.05 < 0.2 < max(drawn)


def test_fixed_latency_is_fixed():
    rule = Chaos().add(latency(ms=100))
    assert {rule.seconds for _ in range(10)} == {0.1}


@pytest.mark.parametrize(
    ("fields", "hit"),
    [
        ({"operation": "*OrderV2"}, True),
        ({"operation": "GetBalance"}, False),
        ({"ticker": "KXTEST-*"}, True),
        ({"ticker": "KXOTHER-*"}, False),
    ],
)
def test_a_rule_is_about_what_its_globs_match(fields, hit):
    chaos = Chaos()
    chaos.add(latency(**fields))
    assert bool(struck(chaos)) is hit


def test_a_rule_of_a_market_is_not_about_what_names_none():
    chaos = Chaos()
    chaos.add(latency(ticker="KX*"))
    assert struck(chaos, Subject(("GetBalance",), (), 1)) == []


def test_what_one_rule_draws_does_not_depend_on_the_others():
    alone, together = Chaos(5), Chaos(5)
    alone.add(latency(probability=0.5))
    together.add(latency(probability=0.5))
    together.add(latency(probability=0.5))
    first = [bool(struck(alone)) for _ in range(100)]
    assert first == ["c1" in struck(together) for _ in range(100)]


def test_another_seed_hits_others():
    runs = []
    for seed in (1, 2):
        chaos = Chaos(seed)
        chaos.add(latency(probability=0.5))
        runs.append([bool(struck(chaos)) for _ in range(100)])
    assert runs[0] != runs[1]


def test_a_rule_ends_with_its_time_and_says_so_once():
    now = [0.0]
    chaos, ended = Chaos(now_s=lambda: now[0]), []
    chaos.ended = lambda rule: ended.append(rule.rule_id)
    chaos.add(latency(duration_ms=1_000))
    now[0] = 0.999
    assert struck(chaos) == ["c1"]
    now[0] = 1.0
    assert struck(chaos) == []
    assert chaos.remove("c1")
    assert ended == ["c1"]
