import { describe, expect, it } from "vitest";
import type { EventData, Market, Series } from "../../api/markets";
import { entries, found, type Catalogue } from "./catalogue";

const market = (ticker: string, event: string, yes: string): Market =>
  ({ ticker, event_ticker: event, title: "", yes_sub_title: yes }) as Market;
const CATALOGUE: Catalogue = {
  markets: [market("KXA-1-X", "KXA-1", "Felicity Fox"), market("KXA-1-Y", "KXA-1", "Oscar Otter"), market("KXB-1-Z", "KXB-1", "Rain")],
  events: new Map([
    ["KXA-1", { title: "Next mayor?", series_ticker: "KXA" } as EventData],
    ["KXB-1", { title: "Weather tomorrow", series_ticker: "KXB" } as EventData],
  ]),
  series: new Map([["KXA", { title: "Mayors" } as Series]]),
};
const tickers = (typed: string): string[] => found(CATALOGUE, typed).map((one) => one.ticker);

describe("searching markets", () => {
  it("finds all with nothing typed", () => expect(tickers(" ")).toHaveLength(3));
  it("finds by the beginning of a ticker in any case", () => expect(tickers("kxa-1")).toEqual(["KXA-1-X", "KXA-1-Y"]));
  it("does not find by the middle of a ticker", () => expect(tickers("1-x")).toEqual([]));
  it("finds by words of market and event together", () => expect(tickers("mayor otter")).toEqual(["KXA-1-Y"]));
});

describe("the tree", () => {
  it("has series above events above markets", () => {
    const shown = entries(CATALOGUE, CATALOGUE.markets, true).map((entry) => `${entry.kind} ${entry.kind === "market" ? entry.market.ticker : entry.title}`);
    expect(shown).toEqual(["series Mayors", "event Next mayor?", "market KXA-1-X", "market KXA-1-Y", "series KXB", "event Weather tomorrow", "market KXB-1-Z"]);
  });
  it("is flat when asked to be", () => {
    expect(entries(CATALOGUE, CATALOGUE.markets, false).map((entry) => entry.key)).toEqual(["KXA-1-X", "KXA-1-Y", "KXB-1-Z"]);
  });
});
