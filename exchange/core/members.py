"""Members, subaccounts and money that moves outside trading (SEMANTICS C1, C3).

What members ask for is refused in an exchange pause, as everything is that they ask for (OAS:ExchangeStatus); what
the operator does is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.core.commands import (
    CreateMember,
    CreateSubaccount,
    Deposit,
    SetNetting,
    TransferBetweenSubaccounts,
    Withdraw,
)
from exchange.core.ledger import Account, Member
from exchange.core.orders import Events, refuse
from wire.accounts import MAX_SUBACCOUNT
from wire.engine_events import BalanceChanged, MemberCreated, NettingChanged, SubaccountCreated
from wire.enums import BalanceCause, RejectReason
from wire.units import CENT, FEE_PRECISION_DIRECT

if TYPE_CHECKING:
    from exchange.core.state import State


def create_member(state: State, command: CreateMember, seq: int, now_us: int) -> Events:
    if command.member in state.members:
        return refuse(RejectReason.ALREADY_EXISTS, command.member << 6, f"member {command.member} exists")
    if command.member <= 0:
        return refuse(RejectReason.INVALID_PARAMETERS, 0, "a member number is positive")
    precision = FEE_PRECISION_DIRECT if command.direct else CENT
    member = state.members[command.member] = Member(command.member, command.name, precision)
    account = Account(member, 0)
    state.accounts[account.account] = account
    return (MemberCreated(command.member, command.name, precision),)


def create_subaccount(state: State, command: CreateSubaccount, seq: int, now_us: int) -> Events:
    """The next number is taken; it inherits the primary's netting setting."""
    if state.takes_nothing:
        return refuse(RejectReason.EXCHANGE_PAUSED, command.member << 6)
    member = state.members.get(command.member)
    if member is None:
        return refuse(RejectReason.ACCOUNT_NOT_FOUND, command.member << 6)
    if member.subaccounts > MAX_SUBACCOUNT:
        return refuse(RejectReason.SUBACCOUNT_LIMIT, command.member << 6)
    account = Account(member, member.subaccounts)
    account.netting = state.accounts[command.member << 6].netting
    member.subaccounts += 1
    state.accounts[account.account] = account
    return (SubaccountCreated(account.account),)


def set_netting(state: State, command: SetNetting, seq: int, now_us: int) -> Events:
    if state.takes_nothing:
        return refuse(RejectReason.EXCHANGE_PAUSED, command.account)
    account = state.accounts.get(command.account)
    if account is None:
        return refuse(RejectReason.ACCOUNT_NOT_FOUND, command.account)
    account.netting = command.enabled
    return (NettingChanged(command.account, command.enabled),)


def deposit(state: State, command: Deposit, seq: int, now_us: int) -> Events:
    account = state.accounts.get(command.account)
    if account is None:
        return refuse(RejectReason.ACCOUNT_NOT_FOUND, command.account)
    if command.amount <= 0:
        return refuse(RejectReason.INVALID_PARAMETERS, command.account, "amount must be positive")
    account.cash += command.amount
    state.deposited += command.amount
    return (BalanceChanged(command.account, BalanceCause.DEPOSIT, command.amount, account.cash),)


def withdraw(state: State, command: Withdraw, seq: int, now_us: int) -> Events:
    """Only free money can leave."""
    account = state.accounts.get(command.account)
    if account is None:
        return refuse(RejectReason.ACCOUNT_NOT_FOUND, command.account)
    if command.amount <= 0:
        return refuse(RejectReason.INVALID_PARAMETERS, command.account, "amount must be positive")
    if command.amount > account.cash - account.held:
        return refuse(RejectReason.INSUFFICIENT_BALANCE, command.account)
    account.cash -= command.amount
    state.deposited -= command.amount
    return (BalanceChanged(command.account, BalanceCause.WITHDRAWAL, -command.amount, account.cash),)


def transfer(state: State, command: TransferBetweenSubaccounts, seq: int, now_us: int) -> Events:
    """Move free money between two subaccounts of one member; a repeated client_transfer_id is refused."""
    if state.takes_nothing:
        return refuse(RejectReason.EXCHANGE_PAUSED, command.member << 6)
    source = state.account(command.member, command.from_subaccount)
    target = state.account(command.member, command.to_subaccount)
    if source is None or target is None:
        return refuse(RejectReason.ACCOUNT_NOT_FOUND, command.member << 6)
    if command.amount <= 0:
        return refuse(RejectReason.INVALID_PARAMETERS, source.account, "amount must be positive")
    if source is target:
        return refuse(RejectReason.INVALID_PARAMETERS, source.account, "subaccounts must differ")
    used = source.owner.client_transfer_ids
    if command.client_transfer_id in used:
        return refuse(RejectReason.TRANSFER_ALREADY_APPLIED, source.account)
    if command.amount > source.cash - source.held:
        return refuse(RejectReason.INSUFFICIENT_BALANCE, source.account)
    if command.client_transfer_id:
        used.add(command.client_transfer_id)
    source.cash -= command.amount
    target.cash += command.amount
    reference = command.client_transfer_id
    return (
        BalanceChanged(
            source.account, BalanceCause.TRANSFER_OUT, -command.amount, source.cash, reference, target.account
        ),
        BalanceChanged(
            target.account, BalanceCause.TRANSFER_IN, command.amount, target.cash, reference, source.account
        ),
    )
