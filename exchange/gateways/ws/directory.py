"""Markets by ticker and by UUID, as the WebSocket names them. A venue that begins again needs a new one."""

from exchange.projections.views import Projections
from wire.ids import IdKind, parse_id
from wire.ws.public_feed import market_header


class Directory:
    """What exists, and the constant part of the messages about each market; ids and headers are worked out once.

    A market that does not exist has an empty id.
    """

    def __init__(self, views: Projections, shard: int) -> None:
        self._catalogue = views.catalogue
        self._shard = shard
        self._headers: dict[str, bytes] = {}
        self._tickers: dict[str, str] = {}

    def id_of(self, ticker: str) -> str:
        market = self._catalogue.markets.get(ticker)
        return market.market_id(self._shard) if market is not None else ""

    def ticker_of(self, market_id: str) -> str | None:
        """Ids are looked up seldom and markets are never renamed, so the table only ever grows at its end."""
        if parse_id(IdKind.MARKET, market_id) is None:
            return None
        if len(self._tickers) != len(self._catalogue.markets):
            self._tickers = {
                market.market_id(self._shard): ticker for ticker, market in self._catalogue.markets.items()
            }
        return self._tickers.get(market_id)

    def header(self, ticker: str) -> bytes:
        header = self._headers.get(ticker)
        if header is None:
            market_id = self.id_of(ticker)
            header = market_header(ticker, market_id)
            if market_id:
                self._headers[ticker] = header
        return header
