import { useState, type ReactNode } from "react";
import { asVenueError } from "../../api/errors";
import type { Order } from "../../api/portfolio";
import { DataTable, type Column } from "../../components/DataTable";
import { ErrorNote } from "../../components/Notes";
import { clockTime, parseTime } from "../../model/moments";
import { count, formatCount, formatPrice, price } from "../../model/units";
import { useCancelOrder, useOrders } from "../../state/queries";
import { useSettings } from "../../state/settings";
import { Amend } from "./Amend";
import { MarketLink, SideText } from "./cells";

/** Resting orders: cancel one, or change its price and count where it stands. `ticker` shows one market's. */
export function OpenOrders({ ticker }: { ticker?: string }): ReactNode {
  const { data: orders } = useOrders();
  const { unit } = useSettings();
  const cancel = useCancelOrder();
  const [amending, setAmending] = useState<string | null>(null);
  const rows = (orders ?? []).filter((order) => ticker === undefined || order.ticker === ticker);
  const columns: Column<Order>[] = [
    ...(ticker === undefined ? [{ name: "Market", cell: (order: Order) => <MarketLink ticker={order.ticker} /> }] : []),
    { name: "Side", cell: (order) => <SideText bookSide={order.book_side} /> },
    { name: "YES price", numeric: true, cell: (order) => formatPrice(price(order.yes_price_dollars), unit) },
    { name: "Left", numeric: true, cell: (order) => formatCount(count(order.remaining_count_fp)) },
    { name: "Filled", numeric: true, cell: (order) => formatCount(count(order.fill_count_fp)) },
    { name: "Placed", numeric: true, cell: (order) => clockTime(parseTime(order.created_time)) },
    {
      name: "Change",
      hidden: true,
      cell: (order) =>
        amending === order.order_id ? (
          <Amend order={order} onDone={() => setAmending(null)} />
        ) : (
          <span className="flex justify-end gap-1">
            <button type="button" className="btn btn-small" onClick={() => setAmending(order.order_id)}>
              Amend
            </button>
            <button
              type="button"
              className="btn btn-small"
              disabled={cancel.isPending && cancel.variables === order.order_id}
              onClick={() => cancel.mutate(order.order_id)}
            >
              Cancel
            </button>
          </span>
        ),
    },
  ];
  return (
    <>
      {cancel.error ? <ErrorNote message={asVenueError(cancel.error).message} reference={asVenueError(cancel.error).reference} /> : null}
      <DataTable
        label="Open orders"
        columns={columns}
        rows={rows}
        rowKey={(order) => order.order_id}
        rowProps={(order) => ({ "data-order": order.order_id })}
        empty={orders ? "No order is resting" : "Loading the orders"}
      />
    </>
  );
}
