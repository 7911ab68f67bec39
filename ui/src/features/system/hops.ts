/** An order's way to the screen in hops, each with who measured it; what cannot be measured says why. Pure. */

import type { Hop, MarketDataStats } from "../../api/readers";
import type { Percentiles } from "../../feed/latency";

export interface HopRow {
  name: string;
  way: string;
  /** Who measured it, or why nobody did. */
  source: string;
  at: Percentiles | null;
}

export interface Measured {
  /** The venue's clock is not this computer's: what compares the two means nothing. */
  clockMoved: boolean;
  /** Undefined: there is no such server. Null: it does not answer. */
  marketData: MarketDataStats | null | undefined;
  engine: Percentiles | null;
  feed: Percentiles | null;
  arrival: Percentiles | null;
  render: Percentiles | null;
  orders: Percentiles | null;
}

const MOVED = "cannot be told while the venue's clock is not this computer's";

export function hopRows(seen: Measured): HopRow[] {
  const acrossClocks = (row: HopRow): HopRow => (seen.clockMoved ? { ...row, source: MOVED, at: null } : row);
  const server = (hop: Hop | undefined): Pick<HopRow, "source" | "at"> => {
    if (seen.marketData === undefined) return { source: "the market-data server is not running", at: null };
    if (!seen.marketData || !hop) return { source: "the market-data server does not answer", at: null };
    const { count, p50_us, p90_us, p99_us } = hop;
    if (count === 0) return { source: "the market-data server has sent nothing yet", at: null };
    return { source: "market data, since its start", at: { samples: count, p50: p50_us / 1_000, p90: p90_us / 1_000, p99: p99_us / 1_000 } };
  };
  const page = (at: Percentiles | null, source: string, before: string): Pick<HopRow, "source" | "at"> => ({ source: at ? source : before, at });
  const reader =
    seen.marketData === undefined
      ? server(undefined)
      : page(seen.arrival, "this page, as a reader of market data", "no change of this market has come from market data yet");
  return [
    acrossClocks({ name: "Engine", way: "order sent here → taken by the engine", ...page(seen.engine, "this page's own orders", "no order was sent from this page yet") }),
    acrossClocks({ name: "Publish", way: "engine → in the market-data server", ...server(seen.marketData?.latency.engine_to_publish) }),
    { name: "Send", way: "there → written to its readers", ...server(seen.marketData?.latency.publish_to_send) },
    { name: "Arrive", way: "written → received by this page", ...reader },
    { name: "Render", way: "received from the venue → in a frame", ...page(seen.render, "this page", "no change of this market has come yet") },
    acrossClocks({ name: "Venue's own feed", way: "engine → received by this page", ...page(seen.feed, "this page", "no change of this market has come yet") }),
    { name: "Order and answer", way: "order sent here → answer here", ...page(seen.orders, "this page's own orders", "no order was sent from this page yet") },
  ];
}
