import { describe, expect, it } from "vitest";
import type { Message } from "../model/wire";
import { BookFeed, levelKey } from "./bookFeed";
import type { Price } from "../model/units";

const T = "KXTEST-26-A";
const snapshot = (seq: number, yes: [string, string][] = [["0.4000", "10.00"]], ticker = T): Message => ({
  type: "orderbook_snapshot",
  sid: 1,
  seq,
  msg: { market_ticker: ticker, clock: seq, yes_dollars_fp: yes },
});
const delta = (seq: number, price: string, change: string, side: "yes" | "no" = "yes"): Message => ({
  type: "orderbook_delta",
  sid: 1,
  seq,
  msg: { market_ticker: T, clock: seq, price_dollars: price, delta_fp: change, side, ts_ms: 5 },
});
const fed = (...messages: Message[]): BookFeed => {
  const feed = new BookFeed(T, 1);
  for (const message of messages) feed.receive(message);
  return feed;
};

describe("a book feed", () => {
  it("is waiting until its snapshot comes", () => {
    expect(fed().state).toBe("waiting");
    expect(fed(snapshot(1)).state).toBe("live");
  });

  it("adds up deltas and drops a level that becomes empty", () => {
    const feed = fed(snapshot(1), delta(2, "0.4000", "5.50"), delta(3, "0.6000", "1.00", "no"), delta(4, "0.6000", "-1.00", "no"));
    expect([...feed.yes]).toEqual([[4000, 1550]]);
    expect(feed.no.size).toBe(0);
  });

  it("flashes levels that deltas changed, once, and nothing for a snapshot", () => {
    const feed = fed(snapshot(1));
    expect(feed.takeFlashes().size).toBe(0);
    feed.receive(delta(2, "0.4000", "-5.00"));
    expect(feed.takeFlashes().get(levelKey("yes", 4000 as Price))?.sign).toBe(-1);
    expect(feed.takeFlashes().size).toBe(0);
  });

  it("finds a gap, asks once, and takes no delta until the snapshot is there", () => {
    const feed = fed(snapshot(1));
    expect(feed.receive(delta(3, "0.4000", "5.00"))).toBe("gap");
    expect(feed.state).toBe("resyncing");
    expect(feed.receive(delta(5, "0.4000", "5.00"))).toBe("fine");
    expect([...feed.yes]).toEqual([[4000, 1000]]);
    feed.receive(snapshot(6, [["0.4100", "7.00"]]));
    expect(feed.state).toBe("live");
    expect([...feed.yes]).toEqual([[4100, 700]]);
    expect(feed.counters.gaps).toBe(2);
  });

  it("goes on behind a snapshot that came after a gap", () => {
    const feed = fed(snapshot(1), delta(3, "0.4000", "5.00"), snapshot(4), delta(5, "0.4000", "1.00"));
    expect([...feed.yes]).toEqual([[4000, 1100]]);
  });

  it("does not apply a message twice", () => {
    expect([...fed(snapshot(1), delta(2, "0.4000", "1.00"), delta(2, "0.4000", "1.00")).yes]).toEqual([[4000, 1100]]);
  });

  it("counts the seq of an ok as the contract does", () => {
    const feed = fed(snapshot(1), { type: "ok", id: 3, sid: 1, seq: 2 });
    expect(feed.receive(delta(3, "0.4000", "1.00"))).toBe("fine");
    expect(feed.state).toBe("live");
  });

  it("is no longer true when the connection is lost", () => {
    const feed = fed(snapshot(1));
    feed.lose();
    expect(feed.state).toBe("resyncing");
    expect(feed.yes.size).toBe(1);
  });

  it("empties a side the snapshot leaves out", () => {
    const feed = fed(snapshot(1), delta(2, "0.6000", "1.00", "no"), snapshot(3));
    expect(feed.no.size).toBe(0);
  });
});
