import { describe, expect, it } from "vitest";
import type { MarketDataStats } from "../../api/readers";
import { hopRows, type HopRow, type Measured } from "./hops";

const AT = { samples: 4, p50: 1, p90: 2, p99: 3 };
const HOP = { count: 7, p50_us: 210, p90_us: 480, p99_us: 2_500 };
const STATS = { latency: { engine_to_publish: HOP, publish_to_send: { ...HOP, count: 0 } } } as MarketDataStats;
const SEEN: Measured = { clockMoved: false, marketData: STATS, engine: AT, feed: AT, arrival: AT, render: AT, orders: AT };
const row = (name: string, changed: Partial<Measured> = {}): HopRow => {
  const found = hopRows({ ...SEEN, ...changed }).find((one) => one.name === name);
  if (!found) throw new Error(`no hop ${name}`);
  return found;
};

describe("the hops", () => {
  it("come in the order of the way", () => {
    expect(hopRows(SEEN).map((one) => one.name)).toEqual(["Engine", "Publish", "Send", "Arrive", "Render", "Venue's own feed", "Order and answer"]);
  });
  it("take the server's microseconds as milliseconds", () => {
    expect(row("Publish")).toMatchObject({ source: "market data, since its start", at: { samples: 7, p50: 0.21, p90: 0.48, p99: 2.5 } });
  });
  it("say that the server has sent nothing", () => expect(row("Send")).toMatchObject({ source: "the market-data server has sent nothing yet", at: null }));
  it("say that the server is not running", () => {
    for (const name of ["Publish", "Send", "Arrive"]) {
      expect(row(name, { marketData: undefined })).toMatchObject({ source: "the market-data server is not running", at: null });
    }
  });
  it("say that the server does not answer", () => expect(row("Send", { marketData: null }).source).toBe("the market-data server does not answer"));
  it("say that no order was sent", () => expect(row("Engine", { engine: null }).source).toBe("no order was sent from this page yet"));
  it("show nothing that compares clocks while the venue's is moved", () => {
    for (const name of ["Engine", "Publish", "Venue's own feed"]) expect(row(name, { clockMoved: true }).at).toBeNull();
    for (const name of ["Arrive", "Render", "Order and answer"]) expect(row(name, { clockMoved: true }).at).not.toBeNull();
  });
});
