"""MarketSettled and the payouts before it -> pages of settlement reports (SEMANTICS H8)."""

from collections.abc import Callable, Iterator

from wire.engine_events import MarketSettled, PositionSettled
from wire.event_log import LogRecord
from wire.fix.messages.settlement import SettledParty, SettlementPage, encode_settlement_page
from wire.ids import IdKind, format_id

PAGE_SIZE = 20
"""Accounts on one page."""

Pages = Callable[[Callable[[int], bool]], Iterator[bytes]]
"""The bodies for a reader who may see the accounts that a predicate says."""


def settlement_pages(record: LogRecord) -> Pages | None:
    """What to tell about the markets a record settled; None when it settled none."""
    settled = [event for event in record.events if isinstance(event, MarketSettled)]
    if not settled:
        return None
    paid = [event for event in record.events if isinstance(event, PositionSettled)]

    def bodies(sees: Callable[[int], bool]) -> Iterator[bytes]:
        for number, market in enumerate(settled):
            parties = [
                SettledParty(format_id(IdKind.USER, 0, event.account), event.position, event.payout, event.fee)
                for event in paid
                if event.ticker == market.ticker and sees(event.account)
            ]
            cuts = range(0, len(parties), PAGE_SIZE)
            for page, start in enumerate(cuts):
                yield encode_settlement_page(
                    SettlementPage(
                        report_id=f"{record.seq}-{number}-{page}",
                        ticker=market.ticker,
                        cleared_us=record.ts_us,
                        result=market.result,
                        value=market.value,
                        parties=parties[start : start + PAGE_SIZE],
                        total_reports=len(cuts),
                        is_last=page == len(cuts) - 1,
                    )
                )

    return bodies
