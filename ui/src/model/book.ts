/**
 * One market's book by price level, as the venue keeps it: two ladders of bids, each in its own leg's prices
 * (SEMANTICS B2). A bid for NO at q is an offer of YES at 1 - q; `ladder` shows it from either side.
 */

import { complement, NO_COUNT, type Count, type Price } from "./units";

export type Outcome = "yes" | "no";
export type Levels = ReadonlyMap<Price, Count>;

export interface Book {
  readonly yes: Levels;
  readonly no: Levels;
}

export const EMPTY: Book = { yes: new Map(), no: new Map() };

export interface Row {
  readonly price: Price;
  readonly size: Count;
  /** Everything up to and including this row, from the middle outwards. */
  readonly total: Count;
}

export interface Ladder {
  /** Best first. */
  readonly bids: readonly Row[];
  readonly asks: readonly Row[];
  readonly bestBid: Price | null;
  readonly bestAsk: Price | null;
  readonly spread: Price | null;
  /** The larger of the two sides' totals: what a full depth bar stands for. */
  readonly deepest: Count;
}

/** The book as a trader of `outcome` sees it, rows merged to multiples of `group`, at most `rows` a side. */
export function ladder(book: Book, outcome: Outcome, group: Price, rows: number): Ladder {
  const own = outcome === "yes" ? book.yes : book.no;
  const other = outcome === "yes" ? book.no : book.yes;
  const bids = merged(own, (price) => Math.floor(price / group) * group, -1, rows);
  const asks = merged(other, (price) => Math.ceil(complement(price) / group) * group, 1, rows);
  const bestBid = best(own);
  const bestOther = best(other);
  const bestAsk = bestOther === null ? null : complement(bestOther);
  return {
    bids,
    asks,
    bestBid,
    bestAsk,
    spread: bestBid === null || bestAsk === null ? null : ((bestAsk - bestBid) as Price),
    deepest: Math.max(bids.at(-1)?.total ?? 0, asks.at(-1)?.total ?? 0) as Count,
  };
}

export function best(levels: Levels): Price | null {
  let highest: Price | null = null;
  for (const price of levels.keys()) if (highest === null || price > highest) highest = price;
  return highest;
}

function merged(levels: Levels, place: (price: Price) => number, direction: 1 | -1, rows: number): Row[] {
  const sizes = new Map<number, number>();
  for (const [price, size] of levels) {
    const at = place(price);
    sizes.set(at, (sizes.get(at) ?? 0) + size);
  }
  const prices = [...sizes.keys()].sort((a, b) => (a - b) * direction).slice(0, rows);
  let total = NO_COUNT;
  return prices.map((price) => {
    const size = (sizes.get(price) ?? 0) as Count;
    total = (total + size) as Count;
    return { price: price as Price, size, total };
  });
}

/** Level by level: the first difference of two books in words, null when they are the same. */
export function difference(left: Book, right: Book): string | null {
  for (const outcome of ["yes", "no"] as const) {
    const prices = new Set([...left[outcome].keys(), ...right[outcome].keys()]);
    for (const price of [...prices].sort((a, b) => b - a)) {
      const [a, b] = [left[outcome].get(price) ?? NO_COUNT, right[outcome].get(price) ?? NO_COUNT];
      if (a !== b) return `${outcome} at ${price / 100}¢: ${a / 100} against ${b / 100}`;
    }
  }
  return null;
}
