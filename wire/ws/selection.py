"""The markets that a command names, and whether a channel takes them (SEMANTICS G6, G7).

A ticker is taken as it is, whether or not there is such a market: Kalshi sends a book without a market's id and
without levels where there is none (pmxt tells unknown markets so), as on FIX (SEMANTICS H7); its code for unknown
markets is retired. What has the name later is heard from then on. An id has to be a market's. Refuses to know what is
subscribed.
"""

from typing import NamedTuple, Protocol

from wire.ws.channels import Channel, Selector, check_fanout
from wire.ws.commands import SubscribeParams, UpdateParams, ids_named, tickers_named
from wire.ws.errors import CommandError, ErrorCode


class Markets(Protocol):
    """What a session may ask about markets."""

    def ticker_of(self, market_id: str) -> str | None: ...

    def id_of(self, ticker: str) -> str:
        """Empty when there is no such market."""
        ...


class Selection(NamedTuple):
    """The tickers of the markets a command names, and the ids that are no market's."""

    tickers: tuple[str, ...]
    unknown: tuple[str, ...]
    by_id: bool

    @property
    def named(self) -> bool:
        return bool(self.tickers or self.unknown)


def select(markets: Markets, params: SubscribeParams | UpdateParams) -> Selection:
    """Which markets are named. Raises CommandError 11 when they are named in two ways at once."""
    tickers, ids = list(tickers_named(params)), ids_named(params)
    unknown: list[str] = []
    for market_id in ids:
        found = markets.ticker_of(market_id)
        tickers.append(found) if found is not None else unknown.append(market_id)
    return Selection(tuple(dict.fromkeys(tickers)), tuple(unknown), by_id=bool(ids))


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
        if selection.named and not selection.tickers:
            raise CommandError(ErrorCode.INVALID_PARAMETER, selection.unknown)
    elif channel.name == "communications":
        check_fanout(params)
