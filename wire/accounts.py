"""Who owns money and orders: a member has up to 64 subaccounts, and each pair is one account.

Knows how (member, subaccount) packs into the one integer the engine keys its ledger by. The shard is
not part of it: every shard has its own engine, ledger and log, so an account is (shard, member, subaccount).
"""

from typing import Final, NewType

from wire.ids import IdKind, format_id

Member = NewType("Member", int)
Account = NewType("Account", int)

MAX_SUBACCOUNT: Final = 63
"""0 is the primary, 1-63 are created on demand (SEMANTICS C3)."""


def account_of(member: int, subaccount: int = 0) -> Account:
    """The account of a member's subaccount."""
    return Account(member << 6 | subaccount)


def member_of(account: int) -> Member:
    """Whose account it is."""
    return Member(account >> 6)


def subaccount_of(account: int) -> int:
    """Which of the member's 64 it is."""
    return account & MAX_SUBACCOUNT


def user_uuid(member: int) -> str:
    """A member's `user_id` on the wire."""
    return format_id(IdKind.USER, 0, member)
