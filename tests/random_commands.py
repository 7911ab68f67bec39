"""A seeded stream of commands that exercises every rule of the engine: the same seed, the same stream.

Knows the venue only through what a member could know: tickers, its own accounts, ids it was told. Kept small
in prices and large in collisions, so that orders meet, positions flip, groups trip and money runs out.
"""

import random
from collections.abc import Iterator, Sequence

from exchange.core import commands as c
from wire.accounts import account_of
from wire.engine_events import EngineEvent, MarketSettled, OrderAccepted, OrderGroupChanged
from wire.enums import (
    BookSide,
    FeeType,
    GroupChange,
    MarketResult,
    PauseScope,
    SelfTradePrevention,
    TimeInForce,
)
from wire.units import DOLLAR, MICROS

START_US = 1_780_000_000 * MICROS
GRIDS = ("linear_cent", "deci_cent", "tapered_deci_cent", "center_deci_edge_centi_cent", "center_quint_edge_deci_cent")
FEES = (FeeType.QUADRATIC, FeeType.QUADRATIC_WITH_MAKER_FEES, FeeType.QUADRATIC_WITH_COMBO_MAKER_FEES)


class RandomCommands:
    """`setup()` once, then `next_command(now_us)` for ever; tell it the events with `learn`."""

    def __init__(self, seed: int, markets: int = 50, accounts: int = 200) -> None:
        self.random = random.Random(seed)
        self.tickers = [f"KXRANDOM-{number:03d}" for number in range(markets)]
        self.accounts = [account_of(1 + number // 4, number % 4) for number in range(accounts)]
        self.known_orders: list[tuple[int, int, str, BookSide]] = []
        self.groups: list[tuple[int, int]] = []
        self.serial = 0
        self.settled: list[str] = []

    def setup(self) -> Iterator[c.AnyCommand]:
        """Members with subaccounts and a little money, series of every fee type, markets of many grids."""
        for member in sorted({account >> 6 for account in self.accounts}):
            yield c.CreateMember(member, f"member {member}", direct=member % 3 != 0)
        for account in self.accounts:
            if account & 63:
                yield c.CreateSubaccount(account >> 6)
            yield c.Deposit(account, self.random.randint(1, 400) * DOLLAR)
        for number, fee_type in enumerate(FEES):
            yield c.CreateSeries(f"KXS{number}", fee_type, 10_000 if number else 5_000, b"{}")
            yield c.CreateEvent(f"KXS{number}-E", f"KXS{number}", False, "", b"{}")
        for ticker in self.tickers:
            yield self._market(ticker, START_US)

    def _market(self, ticker: str, now_us: int) -> c.CreateMarket:
        pick = self.random
        close_us = now_us + pick.randint(5, 120) * MICROS
        result = pick.choice((MarketResult.YES, MarketResult.NO, MarketResult.SCALAR))
        return c.CreateMarket(
            ticker,
            f"KXS{pick.randint(0, 2)}-E",
            now_us + pick.randint(-1, 1) * MICROS,
            close_us,
            pick.randint(0, 3) * MICROS,
            pick.choice(GRIDS),
            (),
            b"{}",
            c.ScheduledOutcome(close_us + pick.randint(-1, 3) * MICROS, result, pick.randint(0, DOLLAR)),
            fee_waiver_us=now_us + pick.choice((0, 0, 5)) * MICROS,
        )

    def learn(self, events: Sequence[EngineEvent]) -> None:
        """Remember the ids a member would have been told."""
        for event in events:
            if isinstance(event, OrderAccepted) and event.resting_count:
                self.known_orders.append((event.account, event.order_id, event.ticker, event.side))
                if len(self.known_orders) > 600:
                    del self.known_orders[: self.random.randint(1, 300)]
            elif isinstance(event, MarketSettled):
                self.settled.append(event.ticker)
            elif isinstance(event, OrderGroupChanged) and event.change is GroupChange.CREATED:
                self.groups.append((event.account, event.order_group))
                if len(self.groups) > 100:
                    del self.groups[0]

    def next_command(self, now_us: int) -> c.AnyCommand:
        """The next one; a settled market is first followed by a new one in its place."""
        if self.settled:
            old = self.settled.pop()
            self.serial += 1
            self.tickers[self.tickers.index(old)] = f"KXRANDOM-{self.serial}"
            return self._market(f"KXRANDOM-{self.serial}", now_us)
        draw = self.random.random()
        if draw < 0.60:
            return self._create(now_us)
        if draw < 0.74:
            account, order_id, _, _ = self._order()
            return c.CancelOrder(account, order_id)
        if draw < 0.84:
            return self._amend(now_us)
        if draw < 0.90:
            account, order_id, _, _ = self._order()
            if self.random.random() < 0.5:
                return c.DecreaseOrder(account, order_id, reduce_by=self._count())
            return c.DecreaseOrder(account, order_id, reduce_to=self._count() - 1)
        return self._rare(now_us, self.random.random())

    def _create(self, now_us: int) -> c.CreateOrder:
        pick = self.random
        account = pick.choice(self.accounts)
        group = 0
        if pick.random() < 0.1 and self.groups:
            owner, known = pick.choice(self.groups)
            account, group = (owner, known) if pick.random() < 0.9 else (account, known)
        self.serial += 1
        draw = pick.random()
        time_in_force = (
            TimeInForce.GOOD_TILL_CANCELED
            if draw < 0.75
            else TimeInForce.IMMEDIATE_OR_CANCEL
            if draw < 0.92
            else TimeInForce.FILL_OR_KILL
        )
        rests = time_in_force is TimeInForce.GOOD_TILL_CANCELED
        return c.CreateOrder(
            account,
            pick.choice(self.tickers),
            pick.choice((BookSide.BID, BookSide.ASK)),
            self._price(),
            self._count(),
            time_in_force,
            pick.choice((SelfTradePrevention.TAKER_AT_CROSS, SelfTradePrevention.MAKER)),
            f"c{self.serial if pick.random() < 0.98 else pick.randint(1, self.serial)}" if pick.random() < 0.8 else "",
            post_only=pick.random() < (0.1 if rests else 0.01),
            reduce_only=pick.random() < (0.02 if rests else 0.15),
            cancel_order_on_pause=pick.random() < 0.1,
            expiration_us=now_us + pick.randint(-1, 5_000) * 1_000 if pick.random() < (0.2 if rests else 0.01) else 0,
            order_group=group,
        )

    def _amend(self, now_us: int) -> c.AmendOrder:
        pick = self.random
        account, order_id, ticker, side = self._order()
        self.serial += 1
        return c.AmendOrder(
            account,
            order_id,
            ticker if pick.random() < 0.99 else pick.choice(self.tickers),
            side if pick.random() < 0.99 else pick.choice((BookSide.BID, BookSide.ASK)),
            self._price(),
            self._count(),
            updated_client_order_id=f"c{self.serial}" if pick.random() < 0.3 else "",
            expiration_us=pick.choice((-1, -1, 0, now_us + pick.randint(-1, 20_000) * 1_000)),
        )

    def _rare(self, now_us: int, draw: float) -> c.AnyCommand:
        pick = self.random
        account = pick.choice(self.accounts)
        ticker = pick.choice(self.tickers)
        if draw < 0.15:
            return c.CreateOrderGroup(account, pick.randint(1, 30) * 100)
        if draw < 0.45 and self.groups:
            owner, group = pick.choice(self.groups)
            kind = pick.random()
            if kind < 0.6:
                return c.ResetOrderGroup(owner, group)
            if kind < 0.7:
                return c.TriggerOrderGroup(owner, group)
            if kind < 0.9:
                return c.UpdateOrderGroupLimit(owner, group, pick.randint(1, 30) * 100)
            return c.DeleteOrderGroup(owner, group)
        if draw < 0.47:
            return c.CancelAllOrders(account >> 6, pick.choice((-1, account & 63)))
        if draw < 0.70:
            return c.Deposit(account, pick.randint(1, 100 * DOLLAR))
        if draw < 0.75:
            return c.Withdraw(account, pick.randint(1, 50 * DOLLAR))
        if draw < 0.90:
            self.serial += 1
            return c.TransferBetweenSubaccounts(
                account >> 6, account & 63, pick.randint(0, 4), pick.randint(1, 9 * DOLLAR), f"t{self.serial}"
            )
        if draw < 0.905:
            return c.HaltMarket(ticker)
        if draw < 0.955:
            return c.ResumeMarket(ticker)
        if draw < 0.960:
            return c.SetPriceGrid(ticker, pick.choice(GRIDS))
        if draw < 0.961:
            return c.Pause(pick.choice((PauseScope.TRADING, PauseScope.EXCHANGE)), now_us + 100_000)
        if draw < 0.962:
            return c.SchedulePause(PauseScope.TRADING, now_us + 300_000, now_us + 400_000)
        if draw < 0.970:
            number = pick.randint(0, 2)
            return c.ScheduleSeriesFee(f"KXS{number}", pick.choice(FEES), pick.randint(0, 20_000), now_us + 100_000)
        if draw < 0.975:
            return c.SetCloseTime(ticker, now_us + pick.randint(-1, 60) * MICROS)
        if draw < 0.985:
            result = pick.choice((MarketResult.YES, MarketResult.NO, MarketResult.SCALAR))
            return c.DetermineMarket(ticker, result, pick.randint(0, DOLLAR))
        if draw < 0.990:
            return c.DisputeMarket(ticker)
        if draw < 0.993:
            return c.SettleMarket(ticker)
        fee_type = pick.choice((None, *FEES))
        return c.ScheduleEventFee(
            f"KXS{pick.randint(0, 2)}-E", fee_type, None if fee_type is None else pick.randint(0, 20_000), now_us
        )

    def _order(self) -> tuple[int, int, str, BookSide]:
        if not self.known_orders:
            return self.accounts[0], 1, self.tickers[0], BookSide.BID
        return self.random.choice(self.known_orders)

    def _price(self) -> int:
        pick = self.random
        draw = pick.random()
        if draw < 0.90:
            return pick.randint(40, 60) * 100
        if draw < 0.97:
            return pick.randint(1, 99) * 100
        return pick.randint(-1, 10_001)

    def _count(self) -> int:
        pick = self.random
        return pick.randint(1, 20) * 100 if pick.random() < 0.7 else pick.randint(0, 2_000)
