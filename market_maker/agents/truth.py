"""The hidden value of a market: what its outcome's probability is, and in the end what it will be.

A walk of log-odds in steps of a second, the same for a seed and a ticker however often and by whom it is looked at.
Nobody at the venue knows it; the informed see it with noise, the makers see it late.
"""

import random

from market_maker.agents.mix import TruthPart
from market_maker.fair_value import bounded
from market_maker.strategy.avellaneda_stoikov import log_odds, probability
from wire.units import MICROS

LONGEST_WALK = 7_200
"""Seconds walked one by one; a venue whose clock was moved further gets one long stride."""

CERTAIN = 4.6
"""Log-odds of 99 percent: where the pull to the outcome leads."""

PULL_A_SECOND = 0.05

KEPT = 600
"""Seconds of the past that can be asked for."""


class Truth:
    """`start` is the probability at `start_us`, `close_us` when trading ends."""

    def __init__(self, rng: random.Random, part: TruthPart, start: float, start_us: int, close_us: int) -> None:
        self._rng = rng
        self._part = part
        self._start_us = start_us
        self._close_us = close_us
        self._first = 0
        self._odds = [log_odds(bounded(start))]
        self.outcome = rng.random() < start
        """Whether it will be YES, as far as the pull is concerned; the venue may decide otherwise."""

    def at(self, now_us: int) -> float:
        """The probability at a time; before the start, and long ago, the oldest that is known."""
        step = max(0, (now_us - self._start_us) // MICROS)
        behind = step - (self._first + len(self._odds) - 1)
        if behind > LONGEST_WALK:
            stride = self._rng.gauss(0, self._part.sigma * behind**0.5)
            self._first, self._odds = step, [self._clamped(self._odds[-1] + stride)]
        while self._first + len(self._odds) <= step:
            self._odds.append(self._next(self._first + len(self._odds)))
        if len(self._odds) > 2 * KEPT:
            self._first += KEPT
            del self._odds[:KEPT]
        return bounded(probability(self._odds[max(0, step - self._first)]))

    def _next(self, step: int) -> float:
        # Three draws a step, whatever comes of them: what one part of a mix says must not shift the others' draws.
        drift, luck, jump = self._rng.gauss(0, 1), self._rng.random(), self._rng.gauss(0, 1)
        odds = self._odds[-1] + drift * self._part.sigma
        if self._part.jump_every_s and luck < 1 / self._part.jump_every_s:
            odds += jump * self._part.jump
        left_s = (self._close_us - self._start_us) / MICROS - step
        if left_s < self._part.pull_within_s:
            odds += ((CERTAIN if self.outcome else -CERTAIN) - odds) * PULL_A_SECOND
        return self._clamped(odds)

    @staticmethod
    def _clamped(odds: float) -> float:
        return max(-CERTAIN, min(CERTAIN, odds))
