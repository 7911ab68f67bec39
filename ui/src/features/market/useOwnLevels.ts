import { useMemo } from "react";
import type { Outcome } from "../../model/book";
import { complement, count, price, type Count, type Price } from "../../model/units";
import { useOrders, useQueuePositions } from "../../state/queries";
import type { OwnLevel } from "./BookRow";

const NONE: ReadonlyMap<string, OwnLevel> = new Map();

/** The account's resting orders in a market, by side and price as the book shows them: "bid:5600". */
export function useOwnLevels(ticker: string, outcome: Outcome, group: Price): ReadonlyMap<string, OwnLevel> {
  const { data: orders } = useOrders();
  const mine = useMemo(() => (orders ?? []).filter((order) => order.ticker === ticker), [orders, ticker]);
  const { data: queue } = useQueuePositions(ticker, mine.length > 0);
  return useMemo(() => {
    if (mine.length === 0) return NONE;
    const levels = new Map<string, OwnLevel>();
    for (const order of mine) {
      const yes = price(order.yes_price_dollars);
      const side = (order.book_side === "bid") === (outcome === "yes") ? "bid" : "ask";
      const shown = outcome === "yes" ? yes : complement(yes);
      const place = (side === "bid" ? Math.floor(shown / group) : Math.ceil(shown / group)) * group;
      const text = queue?.get(order.order_id);
      const ahead = text === undefined ? null : count(text);
      const before = levels.get(`${side}:${place}`);
      levels.set(`${side}:${place}`, {
        count: ((before?.count ?? 0) + count(order.remaining_count_fp)) as Count,
        ahead: before?.ahead == null || (ahead !== null && ahead < before.ahead) ? ahead : before.ahead,
      });
    }
    return levels;
  }, [mine, queue, outcome, group]);
}
