/** One word for whether the screen is true right now: what the link, the exchange and the book say together. */

import type { LinkKind } from "../feed/link";
import { useFeed } from "./house";
import { useStatus } from "./queries";

export type Truth = LinkKind | "paused" | "exchange-paused";

export function useTruth(): { truth: Truth; ageMs: number | null; trading: boolean } {
  const link = useFeed((state) => state.link);
  const { data } = useStatus();
  const trading = data ? data.exchange_active && data.trading_active : true;
  if (link.kind !== "connected") return { truth: link.kind, ageMs: link.ageMs, trading };
  if (data && !data.exchange_active) return { truth: "exchange-paused", ageMs: link.ageMs, trading };
  return { truth: trading ? "connected" : "paused", ageMs: link.ageMs, trading };
}
