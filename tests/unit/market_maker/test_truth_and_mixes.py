import random

import pytest

from market_maker.agents.crowd import Seats, load_keys
from market_maker.agents.mix import MixError, TruthPart, load_mix, mix_names
from market_maker.agents.truth import Truth
from wire.units import MICROS

CALM = TruthPart(sigma=0.01)


def truth(part=CALM, seed=1, close_s=10**6, start=0.5):
    return Truth(random.Random(seed), part, start, 0, close_s * MICROS)


def test_the_walk_is_the_same_however_it_is_looked_at():
    every, seldom = truth(), truth()
    walked = [every.at(second * MICROS) for second in range(301)]
    assert seldom.at(300 * MICROS) == walked[300]
    assert seldom.at(100 * MICROS) == walked[100]
    assert truth(seed=2).at(300 * MICROS) != walked[300]


def test_it_begins_where_it_is_told():
    assert truth(start=0.3).at(0) == pytest.approx(0.3)
    assert truth(start=0.3).at(-5 * MICROS) == pytest.approx(0.3)


def test_before_the_close_it_is_pulled_to_the_outcome():
    outcomes = set()
    for seed in range(12):
        walk = truth(TruthPart(sigma=0.02, pull_within_s=120), seed, close_s=600)
        end = walk.at(600 * MICROS)
        assert (end > 0.9) == walk.outcome
        outcomes.add(walk.outcome)
    assert outcomes == {True, False}


def test_a_clock_that_leaps_is_followed_in_one_stride():
    walk = truth()
    assert 0 < walk.at(10**8 * MICROS) < 1
    assert 0 < walk.at((10**8 + 50) * MICROS) < 1


def test_the_four_mixes_are_there():
    assert mix_names() == ["game-night", "news-shock", "quiet", "settlement-rush"]
    takers = {name: 1 / load_mix(name).noise.every_s * load_mix(name).noise.number for name in mix_names()}
    assert min(takers, key=takers.get) == "quiet"


def test_an_unknown_mix_names_the_known_ones():
    with pytest.raises(MixError, match="there is no mix 'loud'; there are game-night, news-shock, quiet"):
        load_mix("loud")


def test_seats_are_given_by_the_names_of_the_accounts():
    seats = Seats(["agent-maker", "agent-provider", "agent-taker-1", "agent-taker-2"])
    assert (seats.maker, seats.provider) == ("agent-maker", "agent-provider")
    assert seats.takers == ["agent-taker-1", "agent-taker-2"]


def test_two_accounts_are_enough():
    seats = Seats(["agent-a", "agent-b"])
    assert (seats.maker, seats.provider, seats.takers) == ("agent-a", "agent-a", ["agent-b"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "keys.json"),
        ('[{"account":"alice","key_id":"k","private_key_path":"p"}]', "has 0 accounts that begin with agent-"),
    ],
)
def test_a_key_file_of_no_use_is_a_clear_error(tmp_path, text, said):
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(MixError, match=said):
        load_keys(path)
