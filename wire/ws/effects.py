"""What a session asks its gateway to do, in order and with nothing in between."""

from typing import NamedTuple

from wire.ws.channels import Subscription


class Send(NamedTuple):
    """A finished message."""

    text: bytes


class SendSnapshot(NamedTuple):
    """The book of a market with this seq; `command_id` not 0 when it answers get_snapshot."""

    subscription: Subscription
    ticker: str
    seq: int
    command_id: int = 0


class SendTicker(NamedTuple):
    """The present ticker of a market; None = of every market."""

    subscription: Subscription
    ticker: str | None


class Join(NamedTuple):
    """From now on the subscription gets messages of these markets; None = of everything."""

    subscription: Subscription
    tickers: tuple[str, ...] | None


class Leave(NamedTuple):
    """No more messages of these markets; None = of nothing any more."""

    subscription: Subscription
    tickers: tuple[str, ...] | None


Effect = Send | SendSnapshot | SendTicker | Join | Leave
