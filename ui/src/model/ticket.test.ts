import { describe, expect, it } from "vitest";
import type { Book } from "./book";
import { takerFactor, takerFee } from "./fees";
import { CENTS } from "./grid";
import { preview, sideOf, whyNot, yesPrice, type Conditions, type Ticket } from "./ticket";
import { dollars, NO_COUNT, type Count, type Money, type Price } from "./units";

const P = (value: number): Price => value as Price;
const C = (value: number): Count => value as Count;
const BOOK: Book = { yes: new Map([[P(4000), C(1000)]]), no: new Map([[P(5700), C(200)], [P(5500), C(400)]]) };
const TICKET: Ticket = {
  action: "buy",
  outcome: "yes",
  price: P(4500),
  count: C(500),
  timeInForce: "good_till_canceled",
  postOnly: false,
  reduceOnly: false,
  cancelOnPause: false,
};
const FREE = takerFactor(0);
const seen = (ticket: Partial<Ticket>, position = 0, fee = FREE): NonNullable<ReturnType<typeof preview>> => {
  const found = preview({ ...TICKET, ...ticket }, BOOK, C(position), fee);
  if (!found) throw new Error("no preview");
  return found;
};

describe("a ticket in the venue's words", () => {
  it.each([
    ["buy", "yes", "bid"],
    ["sell", "yes", "ask"],
    ["buy", "no", "ask"],
    ["sell", "no", "bid"],
  ] as const)("%s %s is a %s", (action, outcome, side) => expect(sideOf({ action, outcome })).toBe(side));

  it("names the YES price of a NO price", () => expect(yesPrice("no", P(5700))).toBe(4300));
});

describe("what an order would meet", () => {
  it("takes the best offers up to its limit", () => {
    expect(seen({}).hits).toEqual([
      { price: 4300, count: 200 },
      { price: 4500, count: 300 },
    ]);
    expect(seen({ price: P(4400) })).toMatchObject({ filled: 200, rests: 300 });
  });

  it("costs what it pays for each contract, and pays a dollar each", () => {
    const { cost, payout } = seen({});
    expect(cost).toBe(BigInt(4300 * 200 + 4500 * 300));
    expect(payout).toBe(dollars(5));
  });

  it("buys NO from the bids for YES", () => {
    const found = seen({ outcome: "no", price: P(6000), count: C(100) });
    expect(found.hits).toEqual([{ price: 6000, count: 100 }]);
    expect(found.cost).toBe(600_000n);
  });

  it("brings money in where it closes a position", () => {
    const found = seen({ action: "sell", price: P(4000), count: C(300) }, 200);
    expect(found.cost).toBe(BigInt(6000 * 100 - 4000 * 200));
    expect(found.payout).toBe(dollars(1));
  });

  it("drops what cannot rest, and all of a fill or kill that cannot be filled", () => {
    expect(seen({ timeInForce: "immediate_or_cancel", count: C(700) })).toMatchObject({ filled: 600, rests: 0, dropped: 100 });
    expect(seen({ timeInForce: "fill_or_kill", count: C(700) })).toMatchObject({ filled: 0, dropped: 700 });
    expect(seen({ postOnly: true, price: P(4200) })).toMatchObject({ filled: 0, rests: 500 });
  });

  it("is charged as recorded fills were: 1 at 52 cents $0.0175, 1 at 99 cents $0.0007", () => {
    expect(takerFee(takerFactor(1), P(5200), C(100))).toBe(17_500n);
    expect(takerFee(takerFactor(1), P(9900), C(100))).toBe(700n);
    expect(takerFee(FREE, P(5200), C(100))).toBe(0n);
  });
});

describe("a disabled ticket", () => {
  const NOW: Conditions = { live: true, status: "active", trading: true, grid: CENTS, free: dollars(100), position: NO_COUNT };
  const why = (ticket: Partial<Ticket>, now: Partial<Conditions> = {}): string | null =>
    whyNot({ ...TICKET, ...ticket }, preview({ ...TICKET, ...ticket }, BOOK, NO_COUNT, FREE), { ...NOW, ...now });

  it("is enabled when nothing is in the way", () => expect(why({})).toBeNull());
  it.each<[Partial<Ticket>, Partial<Conditions>, string]>([
    [{}, { live: false }, "Not connected"],
    [{}, { trading: false }, "paused on the exchange"],
    [{}, { status: "closed" }, "The market is closed"],
    [{ price: null }, {}, "Enter a price"],
    [{ price: P(4550) }, {}, "does not take that price"],
    [{ count: null }, {}, "how many"],
    [{ postOnly: true, timeInForce: "immediate_or_cancel" }, {}, "able to rest"],
    [{ reduceOnly: true }, {}, "no position"],
    [{}, { free: 1_000_000n as Money }, "$1.00 are free"],
  ])("says why it cannot be sent (%#)", (ticket, now, words) => expect(why(ticket, now)).toContain(words));
});
