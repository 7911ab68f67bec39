import { useEffect, useReducer, useRef } from "react";
import { levelKey } from "../../feed/bookFeed";
import type { BookView } from "../../feed/store";
import { complement, type Price } from "../../model/units";
import type { Outcome } from "../../model/book";

/** How long a level is lit in each of its three strengths. */
const STEP_MS = 400;
const BRIGHT = 3;

interface Lit {
  sign: 1 | -1;
  since: number;
}

/**
 * How brightly each level is lit, 3 down to 0, with the sign of its newest change. Deltas alone light a level; a
 * snapshot, which makes a new book, lights nothing. Returns a look-up for a row of the ladder.
 */
export function useGlow(view: BookView | null, outcome: Outcome, enabled: boolean): (side: "bid" | "ask", shown: Price) => number {
  const lit = useRef(new Map<string, Lit>());
  const seen = useRef<BookView | null>(null);
  const [, dim] = useReducer((turns: number) => turns + 1, 0);
  const now = performance.now();
  if (view !== seen.current) {
    if (view?.ticker !== seen.current?.ticker || view?.counters.snapshots !== seen.current?.counters.snapshots) {
      lit.current.clear();
    }
    seen.current = view;
    for (const [key, { sign }] of view?.flashes ?? []) lit.current.set(key, { sign, since: now });
  }
  for (const [key, { since }] of lit.current) if (now - since >= BRIGHT * STEP_MS) lit.current.delete(key);
  // A quiet market brings no frame that would put the light out.
  useEffect(() => {
    if (lit.current.size === 0) return;
    const timer = setTimeout(dim, STEP_MS);
    return () => clearTimeout(timer);
  });
  return (side, shown) => {
    if (!enabled) return 0;
    const own = side === "bid" ? shown : complement(shown);
    const found = lit.current.get(levelKey((side === "bid") === (outcome === "yes") ? "yes" : "no", own));
    return found ? found.sign * (BRIGHT - Math.floor((now - found.since) / STEP_MS)) : 0;
  };
}
