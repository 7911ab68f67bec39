import { useState, type ReactNode } from "react";
import { asVenueError } from "../../api/errors";
import { ErrorNote } from "../../components/Notes";
import { TabPanel } from "../../components/TabPanel";
import { formatMoney, money, type Money } from "../../model/units";
import { useHouse } from "../../state/house";
import { cancelEverything, useFunds, useOrders } from "../../state/queries";
import { useSettings } from "../../state/settings";
import { Fills, OrderGroups, Settlements } from "./History";
import { OpenOrders } from "./OpenOrders";
import { Positions } from "./Positions";

const cents = (amount: number): Money => (BigInt(amount) * 10_000n) as Money;

/** What one account has, holds and did. */
export function PortfolioScreen(): ReactNode {
  const { account } = useHouse();
  const { data: funds, error } = useFunds();
  const { data: orders } = useOrders();
  const { portfolioTab, change } = useSettings();
  const [failed, setFailed] = useState<unknown>(null);
  const balance = funds ? money(funds.balance.balance_dollars) : null;
  const held = funds ? cents(funds.resting.total_resting_order_value) : null;
  const facts: [string, ReactNode][] = [
    ["Balance", balance === null ? "…" : formatMoney(balance)],
    ["Held for orders", held === null ? "…" : formatMoney(held)],
    ["Free", balance === null || held === null ? "…" : formatMoney((balance - held) as Money)],
    ["Positions are worth", funds ? formatMoney(cents(funds.balance.portfolio_value)) : "…"],
  ];
  return (
    <div className="flex h-full min-h-0 flex-col gap-1.5 p-1.5" data-screen="portfolio">
      <section className="panel shrink-0 flex-row! items-center gap-8 px-4 py-3">
        <h1 className="text-[15px] font-semibold">Portfolio of {account}</h1>
        <dl className="flex flex-1 gap-10">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt className="text-[12px] text-mute">{name}</dt>
              <dd className="text-[17px] font-semibold" data-fact={name}>
                {value}
              </dd>
            </div>
          ))}
        </dl>
        <button type="button" className="btn" disabled={!orders?.length} onClick={() => void cancelEverything().then(() => setFailed(null), setFailed)}>
          Cancel all orders
        </button>
      </section>
      {[error, failed].filter(Boolean).map((one, index) => (
        <ErrorNote key={index} message={asVenueError(one).message} reference={asVenueError(one).reference} />
      ))}
      <TabPanel
        label="Portfolio"
        className="min-h-0 flex-1"
        value={portfolioTab}
        onChange={(id) => change({ portfolioTab: id })}
        tabs={[
          { id: "positions", label: "Positions", content: <Positions /> },
          { id: "orders", label: `Orders ${orders?.length ? `(${orders.length})` : ""}`, content: <OpenOrders /> },
          { id: "fills", label: "Fills", content: <Fills /> },
          { id: "settlements", label: "Settlements", content: <Settlements /> },
          { id: "groups", label: "Order groups", content: <OrderGroups /> },
        ]}
      />
    </div>
  );
}
