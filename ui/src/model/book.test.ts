import { describe, expect, it } from "vitest";
import { difference, ladder, type Book } from "./book";
import { groupings, isLegal, nextPrice, CENTS, type Grid } from "./grid";
import type { Count, Price } from "./units";

const levels = (...rows: [number, number][]): Map<Price, Count> => new Map(rows as [Price, Count][]);
const BOOK: Book = { yes: levels([4000, 100], [3900, 300], [3850, 50]), no: levels([5700, 200], [5500, 400]) };
const P = (value: number): Price => value as Price;

describe("a ladder", () => {
  it("shows bids as they are and NO bids as offers of YES", () => {
    const seen = ladder(BOOK, "yes", P(1), 30);
    expect(seen.bids.map((row) => [row.price, row.size, row.total])).toEqual([
      [4000, 100, 100],
      [3900, 300, 400],
      [3850, 50, 450],
    ]);
    expect(seen.asks.map((row) => [row.price, row.size])).toEqual([
      [4300, 200],
      [4500, 400],
    ]);
    expect([seen.bestBid, seen.bestAsk, seen.spread]).toEqual([4000, 4300, 300]);
  });

  it("is its own mirror for NO", () => {
    const seen = ladder(BOOK, "no", P(1), 30);
    expect([seen.bestBid, seen.bestAsk]).toEqual([5700, 6000]);
    expect(seen.asks.map((row) => row.price)).toEqual([6000, 6100, 6150]);
  });

  it("merges away from the middle, so that no row promises a better price than there is", () => {
    const seen = ladder(BOOK, "yes", P(100), 30);
    expect(seen.bids.map((row) => [row.price, row.size])).toEqual([
      [4000, 100],
      [3900, 300],
      [3800, 50],
    ]);
    expect(ladder({ yes: new Map(), no: levels([5750, 1]) }, "yes", P(100), 5).asks[0]?.price).toBe(4300);
  });

  it("keeps so many rows and has no spread with an empty side", () => {
    expect(ladder(BOOK, "yes", P(1), 1).bids).toHaveLength(1);
    expect(ladder({ yes: BOOK.yes, no: new Map() }, "yes", P(1), 1).spread).toBeNull();
  });
});

describe("two books", () => {
  it("are the same or differ first somewhere", () => {
    expect(difference(BOOK, BOOK)).toBeNull();
    expect(difference(BOOK, { ...BOOK, no: levels([5700, 200]) })).toBe("no at 55¢: 4 against 0");
  });
});

describe("a price grid", () => {
  const TAPERED: Grid = [
    { start: P(0), end: P(1000), step: P(10) },
    { start: P(1000), end: P(9000), step: P(100) },
    { start: P(9000), end: P(10_000), step: P(10) },
  ];
  it("takes prices on the step of their band, never nothing or a dollar", () => {
    expect([50, 990, 1000, 1100, 9010].every((value) => isLegal(TAPERED, P(value)))).toBe(true);
    expect([0, 5, 1010, 10_000].some((value) => isLegal(TAPERED, P(value)))).toBe(false);
  });
  it("steps across the border of two bands", () => {
    expect(nextPrice(TAPERED, P(1000), 1)).toBe(1100);
    expect(nextPrice(TAPERED, P(1000), -1)).toBe(990);
    expect(nextPrice(TAPERED, P(1050), 1)).toBe(1100);
    expect(nextPrice(CENTS, P(9900), 1)).toBe(9900);
    expect(nextPrice(CENTS, P(100), -1)).toBe(100);
  });
  it("can be shown coarser in multiples of its finest step", () => {
    expect(groupings(CENTS)).toEqual([100, 200, 500, 1000]);
    expect(groupings(TAPERED)).toEqual([10, 50, 100, 200, 500, 1000]);
  });
});
