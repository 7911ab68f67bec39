"""All rules of a venue, by channel: the one object the doors ask.

A door without rules pays one truth test (`if chaos.rest:`). Knows no door. A rule that is over stays in the listing,
with its counters, until it is removed.
"""

import time
from collections.abc import Callable
from random import Random

from exchange.gateways.chaos.rules import ActiveRule, Channel, Rule, Subject


class Chaos:
    """`now_s` is a clock that only moves on: rules end by the machine's time, whatever the venue's clock does."""

    def __init__(self, seed: int = 0, now_s: Callable[[], float] = time.monotonic) -> None:
        self.rest: tuple[ActiveRule, ...] = ()
        self.ws: tuple[ActiveRule, ...] = ()
        self.fix: tuple[ActiveRule, ...] = ()
        self.ended: Callable[[ActiveRule], None] = lambda rule: None
        """Called once for each rule that is at work no longer."""
        self._seed = seed
        self._now_s = now_s
        self._rules: dict[str, ActiveRule] = {}
        self._made = 0

    def add(self, rule: Rule, member: int = 0) -> ActiveRule:
        """Put a rule to work behind the others. `member` is whom its account names, 0 = everybody."""
        self._made += 1
        rule_id = f"c{self._made}"
        ends_s = None if rule.duration_ms is None else self._now_s() + rule.duration_ms / 1_000
        made = ActiveRule(rule_id, rule, member, Random(f"{self._seed}:{rule_id}"), ends_s)  # noqa: S311
        self._rules[rule_id] = made
        self._sort()
        return made

    def listed(self) -> list[ActiveRule]:
        """All of them, the oldest first."""
        self._end_what_is_over()
        return [*self._rules.values()]

    def remove(self, rule_id: str) -> bool:
        """False when there is none."""
        rule = self._rules.pop(rule_id, None)
        if rule is None:
            return False
        self._end(rule)
        return True

    def begin_again(self) -> None:
        """No rules, and the next has the first's id: a venue that begins again meets the same faults again."""
        for rule_id in list(self._rules):
            self.remove(rule_id)
        self._made = 0

    def struck(
        self, channel: Channel, subject: Subject, *, only: Callable[[Rule], bool] = lambda rule: True
    ) -> list[ActiveRule]:
        """The rules that hit this one, the oldest first. `only` says which of them it can happen to."""
        self._end_what_is_over()
        return [rule for rule in self.of(channel) if only(rule.rule) and rule.strikes(subject)]

    def of(self, channel: Channel) -> tuple[ActiveRule, ...]:
        """The rules at work on a channel."""
        return {"rest": self.rest, "ws": self.ws, "fix": self.fix}[channel]

    def _end_what_is_over(self) -> None:
        now_s = self._now_s()
        for rule in (*self.rest, *self.ws, *self.fix):
            if rule.is_over or (rule.ends_s is not None and now_s >= rule.ends_s):
                self._end(rule)

    def _end(self, rule: ActiveRule) -> None:
        was_at_work = rule in self.of(rule.rule.channel)
        rule.is_over = True
        self._sort()
        if was_at_work:
            self.ended(rule)

    def _sort(self) -> None:
        working = [rule for rule in self._rules.values() if not rule.is_over]
        self.rest = tuple(rule for rule in working if rule.rule.channel == "rest")
        self.ws = tuple(rule for rule in working if rule.rule.channel == "ws")
        self.fix = tuple(rule for rule in working if rule.rule.channel == "fix")
