"""What an account holds: its cash, and what it has in each market. The portfolio changes both with every fill."""

from wire.units import PAYOUT

AccountFields = tuple[int, int, int, bool]
"""An AccountRecord in a snapshot."""

PositionFields = tuple[int, str, str, int, int, int, int, int, int, int, int]
"""A PositionRecord in a snapshot."""


class AccountRecord:
    """One subaccount's money; `cash` is Money, not reduced by resting orders (SEMANTICS K6)."""

    __slots__ = ("account", "cash", "netting", "updated_us")

    def __init__(self, account: int, cash: int, updated_us: int, netting: bool = False) -> None:
        self.account = account
        self.cash = cash
        self.updated_us = updated_us
        self.netting = netting

    def fields(self) -> AccountFields:
        return self.account, self.cash, self.updated_us, self.netting


class PositionRecord:
    """One account in one market; see the table in portfolio.py. `volume` counts both sides of trading, a Count.

    `fee_cost` is the part of the fees that was paid for what is still held (AAS market_positions).
    """

    __slots__ = (
        "account",
        "cost",
        "event_ticker",
        "fee_cost",
        "fees",
        "position",
        "realized",
        "ticker",
        "total_traded",
        "updated_us",
        "volume",
    )

    def __init__(
        self,
        account: int,
        ticker: str,
        event_ticker: str,
        position: int = 0,
        cost: int = 0,
        total_traded: int = 0,
        realized: int = 0,
        fees: int = 0,
        fee_cost: int = 0,
        volume: int = 0,
        updated_us: int = 0,
    ) -> None:
        self.account = account
        self.ticker = ticker
        self.event_ticker = event_ticker
        self.position = position
        self.cost = cost
        self.total_traded = total_traded
        self.realized = realized
        self.fees = fees
        self.fee_cost = fee_cost
        self.volume = volume
        self.updated_us = updated_us

    def fill(self, is_bid: bool, price: int, count: int, fee: int) -> None:
        """Reckon with one fill, at the YES-leg price."""
        against = -self.position if is_bid else self.position
        closed = 0 if against <= 0 else min(against, count)
        if closed:
            self.fee_cost -= self.fee_cost * closed // against
        opened = count - closed
        if opened:
            self.total_traded += (price if is_bid else PAYOUT - price) * opened
            self.fee_cost += fee * opened // count
        self.fees += fee
        self.volume += count

    def leave(self, position: int, cost: int, realized: int, ts_us: int) -> None:
        """Take what the engine says is held after it, and what it realized."""
        self.position = position
        self.cost = cost
        self.realized += realized
        self.updated_us = ts_us

    def fields(self) -> PositionFields:
        return (
            self.account,
            self.ticker,
            self.event_ticker,
            self.position,
            self.cost,
            self.total_traded,
            self.realized,
            self.fees,
            self.fee_cost,
            self.volume,
            self.updated_us,
        )
