import type { ReactNode } from "react";
import { DataTable } from "../../components/DataTable";
import { Gain } from "../../components/Numbers";
import { dayAndTime, parseTime } from "../../model/moments";
import { count, formatCount, formatMoney, formatPrice, money, price, type Money } from "../../model/units";
import { useFills, useOrderGroups, useSettlements } from "../../state/queries";
import { useSettings } from "../../state/settings";
import { MarketLink, SideText } from "./cells";

const cents = (amount: number): Money => (BigInt(amount) * 10_000n) as Money;

export function Fills({ ticker }: { ticker?: string }): ReactNode {
  const { data } = useFills();
  const { unit } = useSettings();
  return (
    <DataTable
      label="Fills"
      rows={(data ?? []).filter((fill) => ticker === undefined || fill.ticker === ticker)}
      rowKey={(fill) => fill.trade_id + fill.order_id}
      empty={data ? "No order has been filled" : "Loading the fills"}
      columns={[
        { name: "Time", cell: (fill) => dayAndTime(parseTime(fill.created_time)) },
        { name: "Market", cell: (fill) => <MarketLink ticker={fill.ticker} /> },
        { name: "Side", cell: (fill) => <SideText bookSide={fill.book_side} /> },
        { name: "YES price", numeric: true, cell: (fill) => formatPrice(price(fill.yes_price_dollars), unit) },
        { name: "Count", numeric: true, cell: (fill) => formatCount(count(fill.count_fp)) },
        { name: "Fee", numeric: true, cell: (fill) => formatMoney(money(fill.fee_cost), { exact: true }) },
        { name: "As", cell: (fill) => (fill.is_taker ? "taker" : "maker") },
      ]}
    />
  );
}

export function Settlements(): ReactNode {
  const { data } = useSettlements();
  return (
    <DataTable
      label="Settlements"
      rows={data ?? []}
      rowKey={(one) => one.ticker + one.settled_time}
      rowProps={(one) => ({ "data-settlement": one.ticker })}
      empty={data ? "No market has settled with a position in it" : "Loading the settlements"}
      columns={[
        { name: "Time", cell: (one) => dayAndTime(parseTime(one.settled_time)) },
        { name: "Market", cell: (one) => <MarketLink ticker={one.ticker} /> },
        { name: "Result", cell: (one) => one.market_result.toUpperCase() },
        { name: "YES held", numeric: true, cell: (one) => formatCount(count(one.yes_count_fp)) },
        { name: "NO held", numeric: true, cell: (one) => formatCount(count(one.no_count_fp)) },
        { name: "Cost", numeric: true, cell: (one) => formatMoney((money(one.yes_total_cost_dollars) + money(one.no_total_cost_dollars)) as Money) },
        { name: "Payout", numeric: true, cell: (one) => <Gain value={cents(one.revenue)} /> },
      ]}
    />
  );
}

export function OrderGroups(): ReactNode {
  const { data } = useOrderGroups();
  return (
    <DataTable
      label="Order groups"
      rows={data ?? []}
      rowKey={(group) => group.id}
      empty={data ? "There is no order group" : "Loading the order groups"}
      columns={[
        { name: "Group", cell: (group) => group.id },
        { name: "Contracts in 15 s", numeric: true, cell: (group) => formatCount(count(group.contracts_limit_fp)) },
        { name: "State", cell: (group) => (group.is_auto_cancel_enabled ? "watching" : "tripped") },
      ]}
    />
  );
}
