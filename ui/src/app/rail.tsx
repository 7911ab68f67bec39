import type { Tab } from "../components/TabPanel";
import { Fills, Settlements } from "../features/portfolio/History";
import { OpenOrders } from "../features/portfolio/OpenOrders";
import { Positions } from "../features/portfolio/Positions";
import { useOrders } from "../state/queries";

/** What the portfolio lends to the market screen. */
export function useRail(ticker: string): Tab[] {
  const { data } = useOrders();
  const mine = (data ?? []).filter((order) => order.ticker === ticker).length;
  return [
    { id: "orders", label: mine ? `Orders (${mine})` : "Orders", content: <OpenOrders ticker={ticker} /> },
    { id: "positions", label: "Positions", content: <Positions /> },
    { id: "fills", label: "Fills", content: <Fills ticker={ticker} /> },
    { id: "settlements", label: "Settlements", content: <Settlements /> },
  ];
}
