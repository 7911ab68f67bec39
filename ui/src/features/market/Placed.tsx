import type { ReactNode } from "react";
import type { Placed as Answer } from "../../api/orders";
import type { Outcome } from "../../model/book";
import { complement, count, formatCount, formatPrice, price, type PriceUnit } from "../../model/units";

/** The venue's answer to an order: only what it says, never what was hoped for. */
export function Placed({ placed, unit, outcome }: { placed: Answer; unit: PriceUnit; outcome: Outcome }): ReactNode {
  const filled = count(placed.fill_count);
  const rests = count(placed.remaining_count);
  const yes = placed.average_fill_price ? price(placed.average_fill_price.slice(0, 6)) : null;
  const at = yes === null ? "" : ` at ${formatPrice(outcome === "yes" ? yes : complement(yes), unit)}`;
  const parts = [filled > 0 ? `${formatCount(filled)} filled${at}` : "", rests > 0 ? `${formatCount(rests)} resting` : ""];
  return <span data-testid="placed">Accepted: {parts.filter(Boolean).join(", ") || "nothing filled, nothing rests"}</span>;
}
