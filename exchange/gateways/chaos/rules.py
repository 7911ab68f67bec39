"""One rule of chaos: which requests or messages it is about, what goes wrong with them, and when.

Pure: knows no door, no clock and no account table; what a fault does is for rest.py, ws.py and fix.py. A rule's draws
come from its own generator, made of the venue's seed and the rule's id, so that the same requests in the same order
meet the same faults.
"""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from math import log
from random import Random
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Channel = Literal["rest", "ws", "fix"]
Fault = Literal[
    "latency",
    "rate-limit",
    "error-before",
    "error-after",
    "timeout-after",
    "disconnect",
    "stale-read",
    "fill-before-cancel",
    "drop",
    "duplicate",
    "reorder",
    "gap",
    "stall",
    "partial",
    "logout",
]

FAULTS: dict[Channel, tuple[Fault, ...]] = {
    "rest": (
        "latency",
        "rate-limit",
        "error-before",
        "error-after",
        "timeout-after",
        "disconnect",
        "stale-read",
        "fill-before-cancel",
    ),
    "ws": ("latency", "drop", "duplicate", "reorder", "gap", "stall", "disconnect", "partial"),
    "fix": ("latency", "drop", "gap", "stall", "logout", "disconnect"),
}

DEFAULT_MS: dict[Fault, int] = {
    "latency": 200,
    "timeout-after": 10_000,
    "stale-read": 1_000,
    "reorder": 1_000,
    "stall": 5_000,
    "partial": 5,
}
"""`ms` of the faults that take time, when a rule does not say."""

DEFAULT_SIZE: dict[Fault, int] = {"gap": 1, "partial": 3}
_WITH_STATUS = ("error-before", "error-after")
LONGEST_MS = 3_600_000
LONGEST_RULE_MS = 366 * 86_400_000


class Rule(BaseModel):
    """`operation` and `ticker` are globs; `account` is a name or a member's number, absent = everybody.

    When: each matching one with `probability`, or only the `nth`; `count` ends the rule after so many hits,
    `duration_ms` so long after it was made, by the machine's clock.
    `ms` is the latency (the median of a lognormal one if `sigma` is not 0), how long a stall lasts, a connection is
    held, a read lags, a reordered message waits for the next one, or the pause between partial frames. `size` is how
    many messages a gap swallows, or into how many fragments a message falls. `status` is that of an error.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Channel
    fault: Fault
    operation: str = "*"
    ticker: str = "*"
    account: str | int | None = None
    probability: Annotated[float, Field(ge=0, le=1)] = 1.0
    nth: Annotated[int, Field(ge=1)] | None = None
    count: Annotated[int, Field(ge=1)] | None = None
    duration_ms: Annotated[int, Field(ge=1, le=LONGEST_RULE_MS)] | None = None
    ms: Annotated[int, Field(ge=0, le=LONGEST_MS)] | None = None
    sigma: Annotated[float, Field(ge=0, le=5)] = 0.0
    size: Annotated[int, Field(ge=1, le=1_000)] | None = None
    status: Literal[500, 502, 503, 504] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.fault not in FAULTS[self.channel]:
            raise ValueError(f"{self.channel} has no fault {self.fault}; it has {', '.join(FAULTS[self.channel])}")
        if self.nth is not None and self.probability != 1:
            raise ValueError("give a probability or nth, not both")
        given = {"ms": self.ms, "size": self.size, "status": self.status, "sigma": self.sigma or None}
        reads = {
            "ms": self.fault in DEFAULT_MS,
            "size": self.fault in DEFAULT_SIZE,
            "status": self.fault in _WITH_STATUS,
            "sigma": self.fault == "latency",
        }
        for name, value in given.items():
            if value is not None and not reads[name]:
                raise ValueError(f"{self.fault} has no {name}")
        return self


class Subject(NamedTuple):
    """A request or message: everything it is called, the markets it is about, whose it is (0 = nobody's)."""

    operations: tuple[str, ...]
    tickers: tuple[str, ...]
    member: int


@dataclass(slots=True)
class ActiveRule:
    """A rule at work. `member` 0 = everybody, `ends_s` None = never.

    `matched` is how many it was about, `hits` how many of those it hit.
    """

    rule_id: str
    rule: Rule
    member: int
    random: Random
    ends_s: float | None
    matched: int = 0
    hits: int = 0
    is_over: bool = field(default=False)

    def strikes(self, subject: Subject) -> bool:
        """Whether it hits this one. Each call counts, and may draw."""
        rule = self.rule
        if not self._is_about(subject):
            return False
        self.matched += 1
        if rule.nth is not None:
            hit = self.matched == rule.nth
        else:
            hit = rule.probability == 1 or self.random.random() < rule.probability
        if hit:
            self.hits += 1
            last = rule.nth is not None or (rule.count is not None and self.hits >= rule.count)
            self.is_over = self.is_over or last
        return hit

    def _is_about(self, subject: Subject) -> bool:
        rule = self.rule
        if self.member and self.member != subject.member:
            return False
        if rule.operation != "*" and not any(fnmatchcase(name, rule.operation) for name in subject.operations):
            return False
        return rule.ticker == "*" or any(fnmatchcase(ticker, rule.ticker) for ticker in subject.tickers)

    @property
    def seconds(self) -> float:
        """How long this hit takes."""
        ms: float = DEFAULT_MS.get(self.rule.fault, 0) if self.rule.ms is None else self.rule.ms
        if self.rule.sigma and ms:
            ms = min(self.random.lognormvariate(log(ms), self.rule.sigma), LONGEST_MS)
        return ms / 1_000

    @property
    def size(self) -> int:
        return self.rule.size or DEFAULT_SIZE.get(self.rule.fault, 1)
