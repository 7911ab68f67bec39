"""What an agent may ask of a venue, whatever carries it. Prices, Counts, microseconds; nothing here does anything."""

from typing import Protocol

import msgspec

from market_maker.price_grid import PriceGrid
from market_maker.quotes import OwnOrder
from wire.enums import BookSide, MarketStatus, TimeInForce
from wire.level_book import LevelBook


class VenueError(Exception):
    """Something asked for did not happen, or nobody knows whether it did."""


class Refused(VenueError):
    """The venue said no. `code` is its lower-case error code (SEMANTICS B10); nothing changed."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


class RateLimited(Refused):
    """The token bucket is empty (SEMANTICS F5); asking again later is right."""

    def __init__(self) -> None:
        super().__init__("too_many_requests")


class Uncertain(VenueError):
    """No answer, or one that does not say what happened: the order may rest, or may have been filled."""


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """An open market. `last_price` 0 = never traded."""

    ticker: str
    grid: PriceGrid
    open_us: int
    close_us: int
    status: MarketStatus
    last_price: int


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """`expires_us` 0 = never; `group` "" = none."""

    ticker: str
    side: BookSide
    price: int
    count: int
    client_order_id: str
    time_in_force: TimeInForce = TimeInForce.GOOD_TILL_CANCELED
    post_only: bool = False
    expires_us: int = 0
    group: str = ""


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """What an accepted order or amend has become. `client_order_id` is its name from now on."""

    order_id: str
    client_order_id: str
    filled: int
    remaining: int
    ts_ms: int


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """`count` is signed (+YES, -NO), the rest Money: what it cost, what it has earned, what was paid in fees."""

    count: int = 0
    cost: int = 0
    realized: int = 0
    fees: int = 0


class Venue(Protocol):
    """One account at one venue. Every call may raise Refused, RateLimited or Uncertain."""

    cancels_on_disconnect: bool
    """The venue takes the orders down when this connection ends; otherwise they need an expiry."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def markets(self) -> list[Market]:
        """Every open market, by ticker."""
        ...

    async def book(self, ticker: str) -> LevelBook:
        """The book as it is now."""
        ...

    async def resting(self, tickers: tuple[str, ...] = ()) -> list[OwnOrder]:
        """The account's resting orders, oldest first; of all markets when none is named."""
        ...

    async def order(self, order_id: str) -> tuple[OwnOrder, bool]:
        """An order of the account as it is now, ended or not, and whether it rests."""
        ...

    async def positions(self, tickers: tuple[str, ...] = ()) -> dict[str, Position]: ...

    async def create(self, order: NewOrder) -> Acknowledged: ...

    async def amend(self, order: OwnOrder, price: int, count: int, name: str, expires_us: int) -> Acknowledged:
        """`count` is what should rest unless it fills meanwhile: what is sent is the total.

        `name` is the new client_order_id where the protocol asks for one.
        """
        ...

    async def cancel(self, order: OwnOrder, name: str) -> int:
        """How much of the order is filled now that it is over, as a Count."""
        ...

    async def create_group(self, contracts: int) -> str:
        """An order group that trips when more than so many whole contracts match in 15 seconds (SEMANTICS B9)."""
        ...

    async def trigger_group(self, group: str) -> None: ...

    async def reset_group(self, group: str) -> None: ...

    async def delete_group(self, group: str) -> None: ...
