"""The markets that a command names, and whether a channel takes them (SEMANTICS G6, G7).

Knows which markets exist through a port. Refuses to know what is subscribed.
"""

from typing import NamedTuple, Protocol

from wire.ws.channels import Channel, Selector, check_fanout
from wire.ws.commands import SubscribeParams, UpdateParams, ids_named, tickers_named
from wire.ws.errors import CommandError, ErrorCode


class Markets(Protocol):
    """What a session may ask about markets."""

    def knows(self, ticker: str) -> bool: ...

    def ticker_of(self, market_id: str) -> str | None: ...

    def id_of(self, ticker: str) -> str: ...


class Selection(NamedTuple):
    """The markets a command names: those that exist, and what it called the others."""

    known: tuple[str, ...]
    unknown: tuple[str, ...]
    by_id: bool

    @property
    def named(self) -> bool:
        return bool(self.known or self.unknown)


def select(markets: Markets, params: SubscribeParams | UpdateParams) -> Selection:
    """Which of the named markets exist. Raises CommandError 11 when they are named in two ways at once."""
    tickers, ids = tickers_named(params), ids_named(params)
    known: list[str] = []
    unknown: list[str] = []
    for ticker in tickers:
        (known if markets.knows(ticker) else unknown).append(ticker)
    for market_id in ids:
        found = markets.ticker_of(market_id)
        known.append(found) if found is not None else unknown.append(market_id)
    return Selection(tuple(dict.fromkeys(known)), tuple(unknown), by_id=bool(ids))


def select_for(channel: Channel, markets: Markets, params: UpdateParams) -> Selection:
    """What an update names, which is something. Raises CommandError."""
    selection = select(markets, params)
    if selection.by_id and not channel.takes_ids:
        raise CommandError(ErrorCode.INVALID_PARAMETER)
    if not selection.named:
        raise CommandError(ErrorCode.MARKET_TICKER_REQUIRED)
    return selection


def check_subscribe(channel: Channel, params: SubscribeParams, selection: Selection) -> None:
    """The rules of one channel about what a subscribe names (SEMANTICS G6, G7). Raises CommandError."""
    if channel.selector in (Selector.MARKETS, Selector.MARKETS_REQUIRED):
        if selection.by_id and not channel.takes_ids:
            raise CommandError(ErrorCode.INVALID_PARAMETER)
        if channel.selector is Selector.MARKETS_REQUIRED and not selection.named:
            raise CommandError(ErrorCode.MARKET_TICKER_REQUIRED)
        if selection.named and not selection.known:
            raise CommandError(ErrorCode.INVALID_PARAMETER, selection.unknown)
    elif channel.name == "communications":
        check_fanout(params)
