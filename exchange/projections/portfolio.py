"""What members own and did: cash, positions, fills, settlements, deposits, withdrawals, transfers.

Knows money as the portfolio endpoints show it. Refuses to know orders and what they hold (the engine's
ledger), and market prices: a position is worth what somebody who reads the books says.

| field of OAS:MarketPosition | here            | rule (SEMANTICS C2)                                              |
|-----------------------------|-----------------|------------------------------------------------------------------|
| position_fp                 | position        | signed count, +YES -NO                                           |
| market_exposure_dollars     | cost            | cost of what is still held                                       |
| total_traded_dollars        | total_traded    | cumulative spend: the own-leg cost of every contract that opened |
| realized_pnl_dollars        | realized        | profit locked in by closing and settling, before fees            |
| fees_paid_dollars           | fees            | net fees of all fills, and the sub-cent remainder of settlement  |

A contract that closes spends nothing: the pair pays back $1, so it adds to `realized` and `volume` only.
"""

from collections.abc import Iterable
from itertools import islice

import msgspec

from exchange.projections.handlers import Handlers
from exchange.projections.portfolio_records import (
    AccountRecord,
    CashRecord,
    FillFilter,
    FillRecord,
    MarketFacts,
    PositionRecord,
    SettlementFilter,
    SettlementRecord,
    TransferRecord,
    fills_of,
    settlement_of,
)
from exchange.projections.recent import Recent
from wire.accounts import MAX_SUBACCOUNT, account_of, member_of
from wire.engine_events import (
    BalanceChanged,
    MarketCreated,
    MarketDetermined,
    MarketSettled,
    MemberCreated,
    NettingChanged,
    PositionSettled,
    SubaccountCreated,
    Trade,
)
from wire.enums import BalanceCause, BookSide
from wire.units import PAYOUT

_BID, _ASK = BookSide.BID, BookSide.ASK


class Portfolio:
    """`window` is how many fills, and how many settlements, stay in memory."""

    def __init__(self, window: int = 100_000) -> None:
        self.fills: Recent[FillRecord] = Recent(window)
        self.settlements: Recent[SettlementRecord] = Recent(window)
        self.volume = 0
        """All contracts ever traded here, a Count."""
        self._accounts: dict[int, AccountRecord] = {}
        self._positions: dict[int, dict[str, PositionRecord]] = {}
        self._markets: dict[str, MarketFacts] = {}
        self._deposits: dict[int, list[CashRecord]] = {}
        self._withdrawals: dict[int, list[CashRecord]] = {}
        self._transfers: dict[int, list[TransferRecord]] = {}

    # --- reading ------------------------------------------------------------------------------------

    def account(self, account: int) -> AccountRecord | None:
        return self._accounts.get(account)

    def accounts(self, member: int) -> list[AccountRecord]:
        """A member's subaccounts, primary first."""
        numbers = (self._accounts.get(account_of(member, subaccount)) for subaccount in range(MAX_SUBACCOUNT + 1))
        return [account for account in numbers if account is not None]

    def market(self, ticker: str) -> MarketFacts | None:
        return self._markets.get(ticker)

    def position(self, account: int, ticker: str) -> PositionRecord | None:
        return self._positions.get(account, {}).get(ticker)

    def positions(self, account: int) -> Iterable[PositionRecord]:
        """Every market the account ever traded, settled ones too, in the order of the first fill."""
        return self._positions.get(account, {}).values()

    def is_settled(self, position: PositionRecord) -> bool:
        return bool(self._markets[position.ticker].settled_us)

    def select_fills(self, wanted: FillFilter, limit: int) -> list[FillRecord]:
        """The newest `limit` fills that pass the filter, newest first."""
        found = (fill for fill in self.fills.newest_first(wanted.member, wanted.before) if wanted.wants(fill))
        return list(islice(found, limit))

    def select_settlements(self, wanted: SettlementFilter, limit: int) -> list[SettlementRecord]:
        """The newest `limit` settlements that pass the filter, newest first."""
        kept = self.settlements.newest_first(wanted.member, wanted.before)
        return list(islice((settlement for settlement in kept if wanted.wants(settlement)), limit))

    def deposits(self, member: int) -> list[CashRecord]:
        """Oldest first, over all subaccounts."""
        return self._deposits.get(member, [])

    def withdrawals(self, member: int) -> list[CashRecord]:
        """Oldest first, over all subaccounts."""
        return self._withdrawals.get(member, [])

    def transfers(self, member: int) -> list[TransferRecord]:
        """Oldest first."""
        return self._transfers.get(member, [])

    # --- folding ------------------------------------------------------------------------------------

    def handlers(self) -> Handlers:
        return {
            Trade: self._on_trade,
            BalanceChanged: self._on_balance,
            PositionSettled: self._on_position_settled,
            MemberCreated: self._on_member,
            SubaccountCreated: self._on_subaccount,
            NettingChanged: self._on_netting,
            MarketCreated: self._on_market_created,
            MarketDetermined: self._on_market_determined,
            MarketSettled: self._on_market_settled,
        }

    def evict(self, history_seq: int) -> None:
        """Forget fills and settlements beyond the window that history has up to this seq."""
        self.fills.evict(history_seq)
        self.settlements.evict(history_seq)

    def dump(self) -> bytes:
        return msgspec.msgpack.encode(
            _State(
                self.volume,
                list(self._accounts.values()),
                [position for held in self._positions.values() for position in held.values()],
                self._markets,
                self.fills.dump(),
                self.settlements.dump(),
                self._deposits,
                self._withdrawals,
                self._transfers,
            )
        )

    def load(self, data: bytes) -> None:
        state = msgspec.msgpack.decode(data, type=_State)
        self.volume = state.volume
        self._accounts = {account.account: account for account in state.accounts}
        self._positions = {}
        for position in state.positions:
            self._positions.setdefault(position.account, {})[position.ticker] = position
        self._markets = state.markets
        self.fills.load(state.fills)
        self.settlements.load(state.settlements)
        self._deposits, self._withdrawals, self._transfers = state.deposits, state.withdrawals, state.transfers

    def _on_trade(self, seq: int, ts_us: int, place: int, event: Trade) -> None:
        maker, taker = fills_of(seq, ts_us, place, event)
        self.volume += event.count
        self._fill(maker, event.maker_position, event.maker_cost, event.maker_realized, event.maker_cash)
        self._fill(taker, event.taker_position, event.taker_cost, event.taker_realized, event.taker_cash)

    def _fill(self, fill: FillRecord, position: int, cost: int, realized: int, cash: int) -> None:
        held = self._positions.get(fill.account)
        if held is None:
            held = self._positions[fill.account] = {}
        record = held.get(fill.ticker)
        if record is None:
            record = held[fill.ticker] = PositionRecord(
                fill.account, fill.ticker, self._markets[fill.ticker].event_ticker
            )
        count = fill.count
        is_bid = fill.side is _BID
        against = -record.position if is_bid else record.position
        closed = 0 if against <= 0 else min(against, count)
        if closed:
            record.fee_cost -= record.fee_cost * closed // against
        opened = count - closed
        if opened:
            record.total_traded += (fill.price if is_bid else PAYOUT - fill.price) * opened
            record.fee_cost += fill.fee * opened // count
        record.position = position
        record.cost = cost
        record.realized += realized
        record.fees += fill.fee
        record.volume += count
        record.updated_us = fill.ts_us
        account = self._accounts[fill.account]
        account.cash = cash
        account.updated_us = fill.ts_us
        self.fills.add(fill)

    def _on_balance(self, seq: int, ts_us: int, place: int, event: BalanceChanged) -> None:
        account = self._accounts[event.account]
        account.cash = event.cash
        account.updated_us = ts_us
        member = member_of(event.account)
        if event.cause is BalanceCause.DEPOSIT:
            record = CashRecord(seq, place, ts_us, event.account, event.amount)
            self._deposits.setdefault(member, []).append(record)
        elif event.cause is BalanceCause.WITHDRAWAL:
            record = CashRecord(seq, place, ts_us, event.account, -event.amount)
            self._withdrawals.setdefault(member, []).append(record)
        elif event.cause is BalanceCause.TRANSFER_OUT:
            # The other half, TRANSFER_IN, says nothing new.
            transfer = TransferRecord(seq, place, ts_us, event.account, event.counter_account, -event.amount)
            self._transfers.setdefault(member, []).append(transfer)

    def _on_position_settled(self, seq: int, ts_us: int, place: int, event: PositionSettled) -> None:
        record = self._positions[event.account][event.ticker]
        record.position = record.cost = record.fee_cost = 0
        record.realized += event.realized
        record.fees += event.fee
        record.updated_us = ts_us
        account = self._accounts[event.account]
        account.cash = event.cash
        account.updated_us = ts_us
        settlement = settlement_of(seq, ts_us, place, event, self._markets[event.ticker], record.fees)
        self.settlements.add(settlement)

    def _on_member(self, seq: int, ts_us: int, place: int, event: MemberCreated) -> None:
        account = event.member << 6
        self._accounts[account] = AccountRecord(account, 0, ts_us)

    def _on_subaccount(self, seq: int, ts_us: int, place: int, event: SubaccountCreated) -> None:
        primary = self._accounts[member_of(event.account) << 6]
        self._accounts[event.account] = AccountRecord(event.account, 0, ts_us, primary.netting)

    def _on_netting(self, seq: int, ts_us: int, place: int, event: NettingChanged) -> None:
        self._accounts[event.account].netting = event.enabled

    def _on_market_created(self, seq: int, ts_us: int, place: int, event: MarketCreated) -> None:
        self._markets[event.ticker] = MarketFacts(event.event_ticker)

    def _on_market_determined(self, seq: int, ts_us: int, place: int, event: MarketDetermined) -> None:
        market = self._markets[event.ticker]
        market.result, market.value = event.result, event.value

    def _on_market_settled(self, seq: int, ts_us: int, place: int, event: MarketSettled) -> None:
        self._markets[event.ticker].settled_us = ts_us


class _State(msgspec.Struct, array_like=True):
    """The whole projection as it is dumped."""

    volume: int
    accounts: list[AccountRecord]
    positions: list[PositionRecord]
    markets: dict[str, MarketFacts]
    fills: tuple[bool, dict[int, list[FillRecord]], list[tuple[int, int]]]
    settlements: tuple[bool, dict[int, list[SettlementRecord]], list[tuple[int, int]]]
    deposits: dict[int, list[CashRecord]]
    withdrawals: dict[int, list[CashRecord]]
    transfers: dict[int, list[TransferRecord]]
