"""Reads that lag: a second view of the venue, folded later from the same records.

There is one view for each rule that asks for it, from the rule's beginning to its end; it starts equal to the venue's.
What left its memory is read from history, which does not lag. The lag is of the venue's clock, as records are stamped:
with the clock in hand, what a client reads does not depend on how fast the machine is.
"""

from collections import deque
from collections.abc import Callable, Sequence

from starlette.types import ASGIApp

from exchange.gateways.chaos.rules import ActiveRule
from exchange.ports import Clock, EventSink
from exchange.projections.views import Projections
from wire.event_log import LogRecord
from wire.units import MICROS


class LaggingView:
    """An EventSink that folds what is old enough. `stored` is the seq up to which history has all."""

    def __init__(self, views: Projections, lag_us: int, clock: Clock, stored: Callable[[], int]) -> None:
        self.views = views
        self._lag_us = lag_us
        self._clock = clock
        self._stored = stored
        self._young: deque[LogRecord] = deque()

    def fold(self, records: Sequence[LogRecord]) -> None:
        self._young.extend(records)

    def flush(self) -> None:
        """Once a turn: what is old enough, and out of memory what the venue's own views would let go of too."""
        self.catch_up()
        self.views.evict(min(self.views.seq, self._stored()))

    def catch_up(self) -> None:
        """Be what the venue was `lag_us` ago."""
        until_us = self._clock.now_us() - self._lag_us
        while self._young and self._young[0].ts_us <= until_us:
            self.views.fold(self._young.popleft())


class StaleReads:
    """The lagging views and the applications that answer from them, by rule."""

    def __init__(
        self,
        views: Projections,
        answer_from: Callable[[Projections], ASGIApp],
        attach: Callable[[EventSink], None],
        detach: Callable[[EventSink], None],
        clock: Clock,
        window: int,
        stored: Callable[[], int],
    ) -> None:
        """`attach` and `detach` have a sink hear of what happens; `answer_from` makes an application on a view.

        `window` and `stored` bound a view's memory as they do the venue's (Projections).
        """
        self._views = views
        self._answer_from = answer_from
        self._attach = attach
        self._detach = detach
        self._clock = clock
        self._window = window
        self._stored = stored
        self._open: dict[str, tuple[LaggingView, ASGIApp]] = {}

    def open(self, rule: ActiveRule) -> None:
        """Begin to lag behind, if that is what the rule is about."""
        if rule.rule.fault != "stale-read":
            return
        views = Projections(self._window)
        views.load(self._views.dump())
        view = LaggingView(views, round(rule.seconds * MICROS), self._clock, self._stored)
        self._attach(view)
        self._open[rule.rule_id] = view, self._answer_from(views)

    def close(self, rule: ActiveRule) -> None:
        """Nobody reads it any more."""
        view, _ = self._open.pop(rule.rule_id, (None, None))
        if view is not None:
            self._detach(view)

    def app(self, rule: ActiveRule) -> ASGIApp:
        """What answers as the venue was."""
        view, app = self._open[rule.rule_id]
        view.catch_up()
        return app
