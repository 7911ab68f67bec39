"""Reads that lag: a second view of the venue, folded later from the same records.

There is one view for each rule that asks for it, from the rule's beginning to its end; it starts equal to the venue's.
What left the venue's memory is read from history, which does not lag.
"""

from collections import deque
from collections.abc import Callable

from starlette.types import ASGIApp

from exchange.gateways.chaos.rules import ActiveRule
from exchange.ports import EventSink
from exchange.projections.views import Projections
from wire.event_log import LogRecord


class LaggingView:
    """An EventSink that folds what is old enough when somebody reads. `now_s` is a clock that only moves on."""

    def __init__(self, views: Projections, lag_s: float, now_s: Callable[[], float]) -> None:
        self.views = views
        self._lag_s = lag_s
        self._now_s = now_s
        self._young: deque[tuple[float, LogRecord]] = deque()

    def fold(self, record: LogRecord) -> None:
        self.catch_up()
        self._young.append((self._now_s(), record))

    def flush(self) -> None:
        """Nothing is held back."""

    def catch_up(self) -> None:
        """Be what the venue was `lag_s` ago."""
        until_s = self._now_s() - self._lag_s
        while self._young and self._young[0][0] <= until_s:
            self.views.fold(self._young.popleft()[1])


class StaleReads:
    """The lagging views and the applications that answer from them, by rule."""

    def __init__(
        self,
        views: Projections,
        answer_from: Callable[[Projections], ASGIApp],
        attach: Callable[[EventSink], None],
        detach: Callable[[EventSink], None],
        now_s: Callable[[], float],
    ) -> None:
        """`attach` and `detach` have a sink hear of what happens; `answer_from` makes an application on a view."""
        self._views = views
        self._answer_from = answer_from
        self._attach = attach
        self._detach = detach
        self._now_s = now_s
        self._open: dict[str, tuple[LaggingView, ASGIApp]] = {}

    def open(self, rule: ActiveRule) -> None:
        """Begin to lag behind, if that is what the rule is about."""
        if rule.rule.fault != "stale-read":
            return
        views = Projections()
        views.load(self._views.dump())
        view = LaggingView(views, rule.seconds, self._now_s)
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
