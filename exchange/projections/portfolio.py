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
from typing import Any, Final

import msgspec

from exchange.projections.handlers import Handlers
from exchange.projections.holdings import AccountFields, AccountRecord, PositionFields, PositionRecord
from exchange.projections.opened import OpenTrade
from exchange.projections.portfolio_records import (
    CashRecord,
    FillFilter,
    FillRecord,
    MarketFacts,
    SettlementFilter,
    SettlementRecord,
    TransferRecord,
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

_FILL: Final = FillRecord
_BID: Final = BookSide.BID
_ASK: Final = BookSide.ASK
"""For the compiled path: what a module imports is found by its name each time, these are not."""

_Dumped = tuple[
    int,
    list[AccountFields],
    list[PositionFields],
    dict[str, MarketFacts],
    tuple[bool, dict[int, list[FillRecord]], list[tuple[int, int]]],
    tuple[bool, dict[int, list[SettlementRecord]], list[tuple[int, int]]],
    dict[int, list[CashRecord]],
    dict[int, list[CashRecord]],
    dict[int, list[TransferRecord]],
]
"""A Portfolio in a snapshot: volume, accounts, positions, markets, fills, settlements, and the three cash moves."""


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
        state: _Dumped = (
            self.volume,
            [account.fields() for account in self._accounts.values()],
            [position.fields() for held in self._positions.values() for position in held.values()],
            self._markets,
            self.fills.dump(),
            self.settlements.dump(),
            self._deposits,
            self._withdrawals,
            self._transfers,
        )
        return msgspec.msgpack.encode(state)

    def load(self, data: bytes) -> None:
        (
            self.volume,
            accounts,
            positions,
            self._markets,
            fills,
            settlements,
            self._deposits,
            self._withdrawals,
            self._transfers,
        ) = msgspec.msgpack.decode(data, type=_Dumped)
        self._accounts = {fields[0]: AccountRecord(*fields) for fields in accounts}
        self._positions = {}
        for held in positions:
            position = PositionRecord(*held)
            self._positions.setdefault(position.account, {})[position.ticker] = position
        self.fills.load(fills)
        self.settlements.load(settlements)

    def _on_trade(self, seq: Any, ts_us: Any, place: Any, trade: OpenTrade) -> None:
        ticker, price, count, maker_side = trade.ticker, trade.price, trade.count, trade.maker_side
        maker_is_bid = maker_side is _BID
        taker_side = _ASK if maker_is_bid else _BID
        self.volume += count

        account, fee = trade.maker_account, trade.maker_fee
        order_id = trade.maker_order_id
        made = _FILL(seq, place, False, ts_us, account, order_id, ticker, maker_side, price, count, fee)
        self._fill(account, made, trade.maker_cash, ts_us)
        held = self._held(account, ticker)
        held.fill(maker_is_bid, price, count, fee)
        held.leave(trade.maker_position, trade.maker_cost, trade.maker_realized, ts_us)

        account, fee = trade.taker_account, trade.taker_fee
        order_id = trade.taker_order_id
        taken = _FILL(seq, place, True, ts_us, account, order_id, ticker, taker_side, price, count, fee)
        self._fill(account, taken, trade.taker_cash, ts_us)
        held = self._held(account, ticker)
        held.fill(not maker_is_bid, price, count, fee)
        held.leave(trade.taker_position, trade.taker_cost, trade.taker_realized, ts_us)

    def _fill(self, account: Any, fill: FillRecord, cash: int, ts_us: int) -> None:
        record = self._accounts[account]
        record.cash = cash
        record.updated_us = ts_us
        self.fills.add(record.account >> 6, fill)

    def _held(self, account: Any, ticker: str) -> PositionRecord:
        positions = self._positions.get(account)
        if positions is None:
            positions = self._positions[account] = {}
        held = positions.get(ticker)
        if held is None:
            held = positions[ticker] = PositionRecord(account, ticker, self._markets[ticker].event_ticker)
        return held

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
        self.settlements.add(member_of(event.account), settlement)

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
