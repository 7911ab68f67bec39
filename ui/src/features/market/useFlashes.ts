import { useRef } from "react";
import { levelKey, type Flash } from "../../feed/bookFeed";
import type { BookView } from "../../feed/store";
import { complement, type Price } from "../../model/units";
import type { Outcome } from "../../model/book";

const LASTS_MS = 1_600;
const BRIGHT_MS = 400;

interface Lit {
  flash: Flash;
  until: number;
}

/**
 * The newest change of each level while it is lit. Deltas alone light a level; a snapshot, which makes a new book,
 * lights nothing. Returns a look-up for a row of the ladder.
 */
export function useFlashes(
  view: BookView | null,
  outcome: Outcome,
  enabled: boolean,
): (side: "bid" | "ask", shown: Price) => Flash | undefined {
  const lit = useRef(new Map<string, Lit>());
  const seen = useRef<BookView | null>(null);
  if (view !== seen.current) {
    if (view?.ticker !== seen.current?.ticker || view?.counters.snapshots !== seen.current?.counters.snapshots) {
      lit.current.clear();
    }
    seen.current = view;
    const now = performance.now();
    for (const [key, entry] of lit.current) if (entry.until < now) lit.current.delete(key);
    for (const [key, flash] of view?.flashes ?? []) {
      const before = lit.current.get(key);
      // A level that changes at every frame need not begin its light anew at every frame.
      const same = before && before.flash.sign === flash.sign && before.until - now > LASTS_MS - BRIGHT_MS;
      if (!same) lit.current.set(key, { flash, until: now + LASTS_MS });
    }
  }
  return (side, shown) => {
    if (!enabled) return undefined;
    const own = side === "bid" ? shown : complement(shown);
    const ladder = (side === "bid") === (outcome === "yes") ? "yes" : "no";
    return lit.current.get(levelKey(ladder, own))?.flash;
  };
}
