/** Markets as a list: found by what was typed, flat or under their series and events. Pure. */

import type { EventData, Market, Series } from "../../api/markets";

export type Entry =
  | { kind: "series"; key: string; title: string; markets: number }
  | { kind: "event"; key: string; title: string; subTitle: string }
  | { kind: "market"; key: string; market: Market; title: string };

export interface Catalogue {
  markets: readonly Market[];
  events: ReadonlyMap<string, EventData>;
  series: ReadonlyMap<string, Series>;
}

/** Every word must be in the titles, or begin a ticker. */
export function found(catalogue: Catalogue, typed: string): Market[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...catalogue.markets];
  return catalogue.markets.filter((market) => {
    const event = catalogue.events.get(market.event_ticker);
    const titles = `${market.title} ${market.yes_sub_title} ${event?.title ?? ""} ${event?.sub_title ?? ""}`.toLowerCase();
    const ticker = market.ticker.toLowerCase();
    return words.every((word) => ticker.startsWith(word) || titles.includes(word));
  });
}

export const titleOf = (market: Market, event: EventData | undefined): string =>
  market.yes_sub_title || market.title || event?.title || market.ticker;

export function entries(catalogue: Catalogue, markets: readonly Market[], tree: boolean): Entry[] {
  const row = (market: Market, title: string): Entry => ({ kind: "market", key: market.ticker, market, title });
  if (!tree) {
    return markets.map((market) => {
      const event = catalogue.events.get(market.event_ticker);
      return row(market, [market.title || event?.title, market.yes_sub_title].filter(Boolean).join(": "));
    });
  }
  const families = new Map<string, Map<string, Market[]>>();
  for (const market of markets) {
    const series = catalogue.events.get(market.event_ticker)?.series_ticker ?? "";
    const events = families.get(series) ?? new Map<string, Market[]>();
    families.set(series, events.set(market.event_ticker, [...(events.get(market.event_ticker) ?? []), market]));
  }
  const list: Entry[] = [];
  for (const [ticker, events] of families) {
    const all = [...events.values()].reduce((sum, some) => sum + some.length, 0);
    list.push({ kind: "series", key: `s:${ticker}`, title: catalogue.series.get(ticker)?.title ?? ticker, markets: all });
    for (const [eventTicker, some] of events) {
      const event = catalogue.events.get(eventTicker);
      const title = event?.title ?? eventTicker;
      list.push({ kind: "event", key: `e:${eventTicker}`, title, subTitle: event?.sub_title ?? "" });
      for (const market of some) list.push(row(market, titleOf(market, event)));
    }
  }
  return list;
}
