/** Candlesticks as a chart draws them. Pure. A chart draws with floats; nothing it draws is ever computed with. */

import type { Schemas } from "../../../api/client";
import type { TradeView } from "../../../feed/store";
import type { Outcome } from "../../../model/book";
import { complement, count, DOLLAR, parsePrice, type Price } from "../../../model/units";
import type { ChartRange } from "../../../state/settings";

export interface Bar {
  /** End of the period in Unix seconds. */
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

export type Interval = 1 | 60 | 1440;
export const SPANS: Record<ChartRange, { seconds: number; interval: Interval }> = {
  "6H": { seconds: 6 * 3_600, interval: 1 },
  "1D": { seconds: 86_400, interval: 1 },
  "1W": { seconds: 7 * 86_400, interval: 60 },
  "1M": { seconds: 30 * 86_400, interval: 60 },
  ALL: { seconds: 365 * 86_400, interval: 1440 },
};

/** Of the outcome, in cents. A period without a trade is left out, or with `quotes` stands at the middle of its quotes. */
export function barsOf(candles: readonly Schemas["MarketCandlestick"][], outcome: Outcome, quotes: boolean): Bar[] {
  const bars: Bar[] = [];
  for (const candle of candles) {
    const { open_dollars, high_dollars, low_dollars, close_dollars } = candle.price;
    if (!open_dollars || !high_dollars || !low_dollars || !close_dollars) {
      const middle = quotes ? quoted(candle, outcome) : null;
      if (middle === null) continue;
      bars.push({ time: candle.end_period_ts, open: middle, high: middle, low: middle, close: middle, volume: 0 });
      continue;
    }
    const [open, high, low, close] = [open_dollars, high_dollars, low_dollars, close_dollars].map((text) => cents(parsePrice(text), outcome));
    if (open === undefined || high === undefined || low === undefined || close === undefined) continue;
    const volume = count(candle.volume_fp) / 100;
    bars.push({ time: candle.end_period_ts, open, high: Math.max(high, low), low: Math.min(high, low), close, volume });
  }
  return bars;
}

/** The bars with the trades that came after them. */
export function withTrades(bars: readonly Bar[], trades: readonly TradeView[], interval: Interval, outcome: Outcome): Bar[] {
  const all = [...bars];
  const period = interval * 60;
  const known = (bars.at(-1)?.time ?? 0) - period;
  for (const trade of [...trades].reverse()) {
    const at = Math.ceil(trade.tsMs / 1_000 / period) * period;
    if (at <= known) continue;
    const price = cents(trade.price, outcome);
    const last = all.at(-1);
    if (last && last.time === at) {
      all[all.length - 1] = { ...last, high: Math.max(last.high, price), low: Math.min(last.low, price), close: price };
    } else if (!last || at > last.time) {
      all.push({ time: at, open: price, high: price, low: price, close: price, volume: trade.count / 100 });
    }
  }
  return all;
}

/** Null unless both sides were quoted at the end of the period. */
function quoted(candle: Schemas["MarketCandlestick"], outcome: Outcome): number | null {
  const bid = parsePrice(candle.yes_bid.close_dollars);
  const ask = parsePrice(candle.yes_ask.close_dollars);
  if (!bid || ask === null || ask >= DOLLAR) return null;
  return cents(((bid + ask) / 2) as Price, outcome);
}

const cents = (price: Price | null, outcome: Outcome): number =>
  price === null ? 0 : (outcome === "yes" ? price : complement(price)) / 100;
