/**
 * An order as a person thinks of it (buy or sell, YES or NO) and as the venue takes it: bid or ask with a YES price
 * (SEMANTICS B1). `preview` says what it would meet in the book right now; the venue alone says what it did.
 */

import type { Book, Levels, Outcome } from "./book";
import { takerFee, type FeeFactor } from "./fees";
import { isLegal, type Grid } from "./grid";
import { complement, formatMoney, NO_MONEY, times, type Count, type Money, type Price } from "./units";

export type Action = "buy" | "sell";
export type TimeInForce = "good_till_canceled" | "immediate_or_cancel" | "fill_or_kill";
export type BookSide = "bid" | "ask";

export interface Ticket {
  readonly action: Action;
  readonly outcome: Outcome;
  /** Of the outcome named; null while the field holds no price. */
  readonly price: Price | null;
  readonly count: Count | null;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly cancelOnPause: boolean;
}

export const sideOf = (ticket: Pick<Ticket, "action" | "outcome">): BookSide =>
  (ticket.action === "buy") === (ticket.outcome === "yes") ? "bid" : "ask";

export const yesPrice = (outcome: Outcome, price: Price): Price => (outcome === "yes" ? price : complement(price));

export interface Hit {
  /** In the prices of the ticket's outcome. */
  readonly price: Price;
  readonly count: Count;
}

export interface Preview {
  readonly hits: readonly Hit[];
  readonly filled: Count;
  readonly rests: Count;
  /** What is canceled at once because nothing rests of it. */
  readonly dropped: Count;
  /** Money that leaves the account if all of it fills at these prices; what closes a position brings money in. */
  readonly cost: Money;
  readonly fee: Money;
  /** What the contracts that it opens pay when the outcome wins. */
  readonly payout: Money;
}

/** `position` is signed, +YES -NO. */
export function preview(ticket: Ticket, book: Book, position: Count, fee: FeeFactor): Preview | null {
  if (ticket.price === null || ticket.count === null) return null;
  const hits = matches(ticket, book, ticket.price, ticket.count);
  const filled = hits.reduce((all, hit) => all + hit.count, 0) as Count;
  const left = (ticket.count - filled) as Count;
  const rests = (ticket.timeInForce === "good_till_canceled" ? left : 0) as Count;
  const side = sideOf(ticket);
  let closing = Math.max(0, side === "bid" ? -position : position);
  let [cost, fees, opened] = [0n, 0n, 0];
  for (const hit of [...hits, { price: ticket.price, count: rests }]) {
    const closes = Math.min(closing, hit.count) as Count;
    const opens = (hit.count - closes) as Count;
    closing -= closes;
    opened += opens;
    const yes = yesPrice(ticket.outcome, hit.price);
    const own = side === "bid" ? yes : complement(yes);
    cost += times(own, opens) - times(complement(own), closes);
  }
  for (const hit of hits) fees += takerFee(fee, hit.price, hit.count);
  return {
    hits,
    filled,
    rests,
    dropped: (left - rests) as Count,
    cost: cost as Money,
    fee: fees as Money,
    payout: (BigInt(opened) * 10_000n) as Money,
  };
}

/** The levels a limit would take, best first. */
function matches(ticket: Ticket, book: Book, limit: Price, wanted: Count): Hit[] {
  if (ticket.postOnly) return [];
  const other = (outcome: Outcome): Levels => (outcome === "yes" ? book.no : book.yes);
  const buys = ticket.action === "buy";
  const levels = buys
    ? [...other(ticket.outcome)].map(([price, size]) => [complement(price), size] as const)
    : [...(ticket.outcome === "yes" ? book.yes : book.no)];
  levels.sort(([a], [b]) => (buys ? a - b : b - a));
  const hits: Hit[] = [];
  let left: number = wanted;
  for (const [price, size] of levels) {
    if (left <= 0 || (buys ? price > limit : price < limit)) break;
    const count = Math.min(left, size) as Count;
    hits.push({ price, count });
    left -= count;
  }
  if (ticket.timeInForce === "fill_or_kill" && left > 0) return [];
  return hits;
}

/** What the venue must say before an order makes sense; null where the page does not know yet. */
export interface Conditions {
  readonly live: boolean;
  readonly status: string;
  readonly trading: boolean;
  readonly grid: Grid;
  readonly free: Money | null;
  readonly position: Count;
}

/** Why the ticket cannot be sent, in words; null when it can. */
export function whyNot(ticket: Ticket, seen: Preview | null, now: Conditions): string | null {
  if (!now.live) return "Not connected: what is on screen may be old";
  if (!now.trading) return "Trading is paused on the exchange";
  if (now.status !== "active") return `The market is ${now.status}`;
  if (ticket.price === null) return "Enter a price";
  if (!isLegal(now.grid, ticket.price)) return "This market does not take that price";
  if (ticket.count === null || ticket.count <= 0) return "Enter how many contracts";
  if (ticket.postOnly && ticket.timeInForce !== "good_till_canceled") return "Post-only orders must be able to rest";
  if (ticket.reduceOnly && closable(ticket, now.position) <= 0) return "There is no position to reduce";
  if (seen && now.free !== null && seen.cost + seen.fee > now.free && seen.cost > NO_MONEY) {
    return `Costs ${formatMoney((seen.cost + seen.fee) as Money, { exact: true })}, ${formatMoney(now.free, { exact: true })} are free`;
  }
  return null;
}

/** Contracts of a position that an order of this kind closes. */
export const closable = (ticket: Pick<Ticket, "action" | "outcome">, position: Count): Count =>
  Math.max(0, sideOf(ticket) === "bid" ? -position : position) as Count;
