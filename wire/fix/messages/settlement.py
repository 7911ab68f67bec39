"""Settlement: UMS written, page by page (SEMANTICS H8, FIX/market-settlement)."""

from collections.abc import Sequence

import msgspec

from wire.enums import MarketResult
from wire.fix.messages.report_encoders import encode_collateral, encode_fee, encode_position
from wire.fix.messages.values import yes_no
from wire.fix.timestamps import format_date
from wire.units import format_fixed


class SettledParty(msgspec.Struct, frozen=True, gc=False):
    """One account's part: what it held (signed), was paid and was charged (Money)."""

    party_id: str
    position: int
    payout: int
    fee: int


class SettlementPage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One page of a market's settlement. Every page has an id of its own; readers join them by ticker.

    `value` is what one YES contract pays, as Money. `total_reports` is the number of pages.
    """

    report_id: str
    ticker: str
    cleared_us: int
    result: MarketResult
    value: int
    parties: Sequence[SettledParty]
    total_reports: int
    is_last: bool


def encode_settlement_page(page: SettlementPage) -> bytes:
    """The body of UMS. The settlement price is in cents with 2 decimals, whatever the Logon asked."""
    parties = "".join(
        [
            f"20109={party.party_id}\x0120110=24\x01{encode_position(party.position)}"
            f"{encode_collateral((('PAYOUT', party.payout),))}{encode_fee(party.fee)}"
            for party in page.parties
        ]
    )
    group = f"20108={len(page.parties)}\x01{parties}" if page.parties else ""
    return (
        f"20105={page.report_id}\x0155={page.ticker}\x01715={format_date(page.cleared_us)}\x01"
        f"20106={page.total_reports}\x0120107={page.result}\x01730={format_fixed(page.value // 100, 2)}\x01"
        f"{group}893={yes_no(page.is_last)}\x01"
    ).encode("latin-1", "replace")
