"""The venue over signed REST (SEMANTICS A1, B4 to B10, C2, F1, F4).

Knows paths, bodies and which answers say that nothing happened. Refuses to know why an order is placed.
An answer that does not come, or says 5xx, may have followed an order that was accepted: Uncertain, never a retry.
"""

from typing import Any

import httpx
import msgspec

from market_maker.price_grid import PriceGrid
from market_maker.quotes import OwnOrder
from market_maker.venue.credentials import Credentials
from market_maker.venue.port import Acknowledged, Market, NewOrder, Position, RateLimited, Refused, Uncertain
from wire.enums import BookSide, MarketStatus, SelfTradePrevention
from wire.level_book import LevelBook
from wire.rest.common import parse_timestamp
from wire.units import MICROS, format_count, format_price, parse_count, parse_money, parse_price

API = "/trade-api/v2"
ORDERS = "/portfolio/events/orders"
GROUPS = "/portfolio/order_groups"
TIMEOUT_SECONDS = 10.0
PAGE = 1_000


class RestVenue:
    """One account. `root` is the host's address, `http://127.0.0.1:9090`. Without credentials only the public half."""

    cancels_on_disconnect = False

    def __init__(
        self, root: str, credentials: Credentials | None, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._credentials = credentials
        self._http = httpx.AsyncClient(
            base_url=root.rstrip("/"), timeout=TIMEOUT_SECONDS, trust_env=False, transport=transport
        )

    async def open(self) -> None:
        """Nothing to do: connections come with the first request."""

    async def close(self) -> None:
        await self._http.aclose()

    # --- what there is --------------------------------------------------------------------------------

    async def markets(self) -> list[Market]:
        rows = await self._pages("/markets", "markets", {"status": "open"}, signed=False)
        return sorted((_market(row) for row in rows), key=lambda market: market.ticker)

    async def knows(self, ticker: str) -> bool:
        """Whether there is such a market, open or not."""
        try:
            await self._ask("GET", f"/markets/{ticker}", signed=False)
        except Refused as refusal:
            if refusal.code in ("not_found", "market_not_found"):
                return False
            raise
        return True

    async def book(self, ticker: str) -> LevelBook:
        body = await self._ask("GET", f"/markets/{ticker}/orderbook", signed=False)
        sides = body["orderbook_fp"]
        book = LevelBook()
        book.replace(_levels(sides["yes_dollars"]), _levels(sides["no_dollars"]), 0)
        return book

    async def resting(self, tickers: tuple[str, ...] = ()) -> list[OwnOrder]:
        query = {"status": "resting"} | ({"ticker": tickers[0]} if len(tickers) == 1 else {})
        rows = await self._pages("/portfolio/orders", "orders", query)
        found = [order_of(row) for row in rows if not tickers or row["ticker"] in tickers]
        # The list is newest first; places in the queue are oldest first.
        return found[::-1]

    async def order(self, order_id: str) -> tuple[OwnOrder, bool]:
        row = (await self._ask("GET", f"/portfolio/orders/{order_id}"))["order"]
        return order_of(row), row["status"] == "resting"

    async def positions(self, tickers: tuple[str, ...] = ()) -> dict[str, Position]:
        query = {"ticker": tickers[0]} if len(tickers) == 1 else {}
        rows = await self._pages("/portfolio/positions", "market_positions", query)
        return {row["ticker"]: position_of(row) for row in rows if not tickers or row["ticker"] in tickers}

    # --- orders ---------------------------------------------------------------------------------------

    async def create(self, order: NewOrder) -> Acknowledged:
        body: dict[str, Any] = {
            "ticker": order.ticker,
            "side": order.side,
            "price": format_price(order.price),
            "count": format_count(order.count),
            "time_in_force": order.time_in_force,
            "self_trade_prevention_type": SelfTradePrevention.TAKER_AT_CROSS,
            "client_order_id": order.client_order_id,
        }
        if order.post_only:
            body["post_only"] = True
        if order.expires_us:
            body["expiration_time"] = order.expires_us // MICROS
        if order.group:
            body["order_group_id"] = order.group
        answer = await self._ask("POST", ORDERS, body)
        return Acknowledged(
            order_id=answer["order_id"],
            client_order_id=order.client_order_id,
            filled=parse_count(answer["fill_count"]),
            remaining=parse_count(answer["remaining_count"]),
            ts_ms=answer["ts_ms"],
        )

    async def amend(self, order: OwnOrder, price: int, count: int, name: str, expires_us: int) -> Acknowledged:
        """The name stays: REST amends need no new one (SEMANTICS B7)."""
        body: dict[str, Any] = {
            "ticker": order.ticker,
            "side": order.side,
            "price": format_price(price),
            "count": format_count(order.filled + count),
        }
        if expires_us:
            body["expiration_time"] = expires_us // MICROS
        answer = await self._ask("POST", f"{ORDERS}/{order.order_id}/amend", body)
        # What rests is only said when it changed, and what was filled before the amend is not said at all.
        said = answer.get("remaining_count")
        remaining = count if said is None else parse_count(said)
        return Acknowledged(
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            filled=order.filled + count - remaining,
            remaining=remaining,
            ts_ms=answer["ts_ms"],
        )

    async def cancel(self, order: OwnOrder, name: str) -> int:
        answer = await self._ask("DELETE", f"{ORDERS}/{order.order_id}", query={"market_ticker": order.ticker})
        return order.filled + order.remaining - parse_count(answer["reduced_by"])

    # --- order groups ---------------------------------------------------------------------------------

    async def create_group(self, contracts: int) -> str:
        answer = await self._ask("POST", f"{GROUPS}/create", {"contracts_limit": contracts})
        return str(answer["order_group_id"])

    async def trigger_group(self, group: str) -> None:
        await self._ask("PUT", f"{GROUPS}/{group}/trigger", {})

    async def reset_group(self, group: str) -> None:
        await self._ask("PUT", f"{GROUPS}/{group}/reset", {})

    async def delete_group(self, group: str) -> None:
        await self._ask("DELETE", f"{GROUPS}/{group}")

    # --- parts ----------------------------------------------------------------------------------------

    async def _pages(self, path: str, field: str, query: dict[str, str], signed: bool = True) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        cursor = ""
        while True:
            asked = query | {"limit": str(PAGE)} | ({"cursor": cursor} if cursor else {})
            body = await self._ask("GET", path, query=asked, signed=signed)
            rows += body.get(field) or []
            cursor = body.get("cursor") or ""
            if not cursor:
                return rows

    async def _ask(
        self, method: str, path: str, body: object = None, query: dict[str, str] | None = None, signed: bool = True
    ) -> Any:
        path = API + path
        headers = self._credentials.headers(method, path) if signed and self._credentials else {}
        content = None
        if body is not None:
            content = msgspec.json.encode(body)
            headers["Content-Type"] = "application/json"
        try:
            answer = await self._http.request(method, path, params=query, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise Uncertain(f"{method} {path}: {error!r}") from error
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            raise RateLimited
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise Uncertain(f"{method} {path}: {answer.status_code}")
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            raise _refusal(answer)
        try:
            return msgspec.json.decode(answer.content) if answer.content else {}
        except msgspec.DecodeError as error:
            raise Uncertain(f"{method} {path}: {error}") from error


def order_of(row: dict[str, Any]) -> OwnOrder:
    """OAS:Order, and the `user_order` message, which says most things in the same words."""
    expires_us = parse_timestamp(row["expiration_time"]) if row.get("expiration_time") else None
    updated_us = parse_timestamp(row.get("last_update_time") or row["created_time"])
    return OwnOrder(
        order_id=row["order_id"],
        client_order_id=row.get("client_order_id") or "",
        ticker=row["ticker"],
        side=BookSide(row["book_side"]),
        price=parse_price(row["yes_price_dollars"]),
        remaining=parse_count(row["remaining_count_fp"]),
        filled=parse_count(row["fill_count_fp"]),
        expires_us=expires_us or 0,
        group=row.get("order_group_id") or "",
        updated_ms=(updated_us or 0) // 1_000,
    )


def position_of(row: dict[str, Any]) -> Position:
    """OAS:MarketPosition."""
    return Position(
        count=parse_count(row["position_fp"]),
        cost=parse_money(row["market_exposure_dollars"]),
        realized=parse_money(row["realized_pnl_dollars"]),
        fees=parse_money(row["fees_paid_dollars"]),
    )


def _market(row: dict[str, Any]) -> Market:
    return Market(
        ticker=row["ticker"],
        grid=PriceGrid.of_dollars((band["start"], band["end"], band["step"]) for band in row["price_ranges"]),
        open_us=parse_timestamp(row["open_time"]) or 0,
        close_us=parse_timestamp(row["close_time"]) or 0,
        status=MarketStatus(row["status"]),
        last_price=parse_price(row["last_price_dollars"]),
    )


def _levels(rows: list[list[str]]) -> list[tuple[int, int]]:
    return [(parse_price(price), parse_count(count)) for price, count in rows]


def _refusal(answer: httpx.Response) -> Refused:
    """Any of the four error bodies (SEMANTICS F4)."""
    try:
        body = msgspec.json.decode(answer.content)
    except msgspec.DecodeError:
        body = {}
    inner = body.get("error", body) if isinstance(body, dict) else {}
    inner = inner if isinstance(inner, dict) else {"code": str(inner)}
    code = inner.get("code") or f"http_{answer.status_code}"
    return Refused(str(code), str(inner.get("details") or inner.get("msg") or ""))
