import { useMemo } from "react";
import type { Market, Series } from "../../api/markets";
import { EMPTY } from "../../model/book";
import { takerFactor } from "../../model/fees";
import type { Grid } from "../../model/grid";
import { parseTime } from "../../model/moments";
import { preview, whyNot, type Preview, type Ticket } from "../../model/ticket";
import { count, money, NO_COUNT, type Count, type Money } from "../../model/units";
import { useVenueNow } from "../../state/clock";
import { useTruth } from "../../state/health";
import { useFeedEvery } from "../../state/house";
import { useFunds, usePositions } from "../../state/queries";
import { ticketOf, useTicket } from "../../state/ticket";

/** A person reads numbers, not frames. */
export const TICKET_MS = 120;

export interface Seen {
  ticket: Ticket;
  preview: Preview | null;
  /** Why it cannot be sent, null when it can. */
  reason: string | null;
  position: Count;
  free: Money | null;
}

/** The ticket as it stands, what it would meet now, and whether it may go. */
export function useTicketPreview(market: Market, grid: Grid, series: Series | undefined): Seen {
  const state = useTicket();
  const view = useFeedEvery(TICKET_MS, (feed) => feed.book);
  const { truth, trading } = useTruth();
  const { data: positions } = usePositions();
  const { data: funds } = useFunds();
  const now = useVenueNow(5_000);
  const ticket = useMemo(() => ticketOf(state), [state]);
  const held = positions?.find((one) => one.ticker === market.ticker);
  const position = held ? count(held.position_fp) : NO_COUNT;
  const free = funds
    ? ((money(funds.balance.balance_dollars) - BigInt(funds.resting.total_resting_order_value) * 10_000n) as Money)
    : null;
  const waived = market.fee_waiver_expiration_time && parseTime(market.fee_waiver_expiration_time) > now;
  const book = view?.ticker === market.ticker ? view.book : EMPTY;
  const found = preview(ticket, book, position, takerFactor(waived ? 0 : (series?.fee_multiplier ?? 1)));
  const reason = whyNot(ticket, found, {
    live: view?.state === "live" && truth !== "trailing" && truth !== "reconnecting" && truth !== "down",
    status: market.status,
    trading,
    grid,
    free,
    position,
  });
  return { ticket, preview: found, reason, position, free };
}
