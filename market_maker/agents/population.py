"""Which agents a market gets from a mix, and on whose desk each sits. Their random numbers come from the seed."""

import random
from collections.abc import Sequence
from itertools import cycle

from market_maker.agents.mix import Mix
from market_maker.agents.resters import Provider, Stuffer
from market_maker.agents.takers import Informed, Momentum, Noise, Sweeper
from market_maker.agents.truth import Truth
from market_maker.desk import Desk
from market_maker.maker import Maker
from market_maker.scheduler import Agent
from market_maker.strategy.ladder import Ladder
from market_maker.venue.port import Market
from wire.units import CONTRACT, MICROS, PAYOUT

GROWTH = 30
"""Percent by which each level of a maker's ladder is larger."""

MAKER_LIFETIME_US = 20 * MICROS


def rng_of(seed: int, name: str) -> random.Random:
    """An agent's own random numbers: no agent's draws depend on what the others do."""
    return random.Random(f"{seed} {name}")  # noqa: S311  # luck that can be repeated is the point


def population(
    mix: Mix,
    seed: int,
    market: Market,
    start: float,
    start_us: int,
    makers: Desk,
    providers: Desk,
    takers: Sequence[Desk],
) -> list[Agent]:
    """The agents of one market, in the order in which they act when they are due together. `start` is its price now."""
    ticker = market.ticker
    truth = Truth(rng_of(seed, f"truth {ticker}"), mix.truth, start, start_us, market.close_us)
    agents: list[Agent] = [_maker(mix, seed, market, start, start_us, makers, truth)]

    def named(kind: str, number: int) -> tuple[str, random.Random]:
        name = f"{kind}-{number} {ticker}"
        return name, rng_of(seed, name)

    if mix.provider is not None:
        for number in range(mix.provider.number):
            name, rng = named("provider", number)
            agents.append(Provider(name, rng, providers, market, mix.provider, start_us))
    if mix.stuffer is not None:
        for number in range(mix.stuffer.number):
            name, rng = named("stuffer", number)
            agents.append(Stuffer(name, rng, providers, market, mix.stuffer, start_us))
    desks = cycle(takers)
    for kind, part, make in (
        ("noise", mix.noise, Noise),
        ("momentum", mix.momentum, Momentum),
        ("sweeper", mix.sweeper, Sweeper),
    ):
        for number in range(part.number if part is not None else 0):
            assert part is not None, "counted"
            name, rng = named(kind, number)
            agents.append(make(name, rng, next(desks), market, part, start_us))
    if mix.informed is not None:
        for number in range(mix.informed.number):
            name, rng = named("informed", number)
            agents.append(Informed(name, rng, next(desks), market, mix.informed, start_us, truth.at))
    return agents


def _maker(mix: Mix, seed: int, market: Market, start: float, start_us: int, desk: Desk, truth: Truth) -> Maker:
    part = mix.maker
    near = market.grid.nearest(start * PAYOUT)
    tick = max(1, (market.grid.moved(near, 1) - market.grid.moved(near, -1)) // 2)
    ladder = Ladder(
        count=part.count * CONTRACT,
        spread=part.spread_ticks * tick,
        levels=part.levels,
        ticks=1,
        # At half of its limit the centre has moved by one spread.
        lean=max(1, part.spread_ticks * tick * 2 * part.count // part.limit),
        growth=GROWTH,
    )
    lag_us = int(mix.truth.makers_lag_s * MICROS)
    interval_us = int(part.every_s * MICROS)
    # Makers begin at different moments, so that the markets of a venue do not all move at once.
    first_us = start_us + int(rng_of(seed, f"maker {market.ticker}").random() * part.every_s * 1_000) * 1_000 + 1_000
    return Maker(
        desk,
        market,
        ladder,
        part.limit * CONTRACT,
        interval_us,
        MAKER_LIFETIME_US,
        lambda now_us: truth.at(now_us - lag_us),
        first_us,
    )
