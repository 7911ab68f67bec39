import type { ReactNode } from "react";
import type { Preview, Ticket } from "../../model/ticket";
import { formatCount, formatMoney, formatPrice, NO_COUNT, NO_MONEY, type Count, type Money, type Price, type PriceUnit } from "../../model/units";

/** What the order would do right now, by the book on screen; the venue alone decides. */
export function TicketSummary({ ticket, seen, unit }: { ticket: Ticket; seen: Preview | null; unit: PriceUnit }): ReactNode {
  const cost = seen?.cost ?? NO_MONEY;
  const proceeds = cost < NO_MONEY;
  const all = (seen ? (cost + seen.fee) : NO_MONEY) as Money;
  return (
    <dl className="grid grid-cols-[1fr_auto] gap-x-2 gap-y-0.5 text-[12px] [&_dd]:text-right [&_dt]:text-mute" data-testid="summary">
      <dt>Fills now</dt>
      <dd>{seen && seen.filled > 0 ? `${formatCount(seen.filled)} at ${formatPrice(average(seen), unit)}` : "nothing"}</dd>
      <dt>{seen && seen.dropped > 0 ? "Is canceled" : "Rests"}</dt>
      <dd>{formatCount(seen ? (seen.dropped > 0 ? seen.dropped : seen.rests) : NO_COUNT)}</dd>
      <dt>{proceeds ? "Proceeds" : "Cost"}</dt>
      <dd className="font-medium">{formatMoney((proceeds ? -cost : cost) as Money)}</dd>
      <dt>Fee on what fills now</dt>
      <dd>{formatMoney(seen?.fee ?? NO_MONEY, { exact: true })}</dd>
      <dt>Pays if {ticket.action === "buy" ? ticket.outcome.toUpperCase() : other(ticket.outcome)} wins</dt>
      <dd className="font-medium">
        {formatMoney(seen?.payout ?? NO_MONEY)}
        {seen && seen.payout > all && all > NO_MONEY ? (
          <span className="ml-1 text-yes">+{formatMoney((seen.payout - all) as Money)}</span>
        ) : null}
      </dd>
    </dl>
  );
}

const other = (outcome: Ticket["outcome"]): string => (outcome === "yes" ? "NO" : "YES");

/** To a hundredth of a cent, rounded; each level's price is exact. */
function average(seen: Preview): Price {
  const worth = seen.hits.reduce((all, hit) => all + hit.price * hit.count, 0);
  return Math.round(worth / (seen.filled || (1 as Count))) as Price;
}
