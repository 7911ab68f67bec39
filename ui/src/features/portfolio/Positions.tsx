import type { ReactNode } from "react";
import type { Position } from "../../api/portfolio";
import { DataTable } from "../../components/DataTable";
import { Gain } from "../../components/Numbers";
import { complement, count, formatCount, formatMoney, formatPrice, money, NO_MONEY, price, times, type Count, type Money, type Price } from "../../model/units";
import { useFeed, useFeedEvery } from "../../state/house";
import { useMarkets, usePositions } from "../../state/queries";
import { useSettings } from "../../state/settings";
import { MarketLink } from "./cells";

/** How often what is held is valued anew. */
const VALUE_MS = 250;

interface Valued {
  position: Position;
  count: Count;
  /** What one contract of the side held would fetch now; null without a bid. */
  bid: Price | null;
  unrealized: Money | null;
}

/** What is held, what it cost, and what it would fetch right now. */
export function Positions(): ReactNode {
  const { data: positions } = usePositions();
  const rows = useValued(positions ?? []);
  const { unit } = useSettings();
  return (
    <DataTable
      label="Positions"
      rows={rows}
      rowKey={(row) => row.position.ticker}
      rowProps={(row) => ({ "data-position": row.position.ticker })}
      empty={positions ? "Nothing is held" : "Loading the positions"}
      columns={[
        { name: "Market", cell: (row) => <MarketLink ticker={row.position.ticker} /> },
        {
          name: "Held",
          numeric: true,
          cell: (row) => (
            <span className={row.count > 0 ? "text-yes" : row.count < 0 ? "text-no" : "text-mute"}>
              {formatCount(Math.abs(row.count) as Count)} {row.count > 0 ? "YES" : row.count < 0 ? "NO" : ""}
            </span>
          ),
        },
        { name: "Cost", numeric: true, cell: (row) => formatMoney(money(row.position.market_exposure_dollars)) },
        { name: "Bid now", numeric: true, cell: (row) => (row.bid === null ? "–" : formatPrice(row.bid, unit)) },
        { name: "Unrealized", numeric: true, cell: (row) => (row.unrealized === null ? "–" : <Gain value={row.unrealized} />) },
        { name: "Realized", numeric: true, cell: (row) => <Gain value={money(row.position.realized_pnl_dollars)} /> },
        { name: "Fees", numeric: true, cell: (row) => formatMoney(money(row.position.fees_paid_dollars)) },
      ]}
    />
  );
}

function useValued(positions: readonly Position[]): Valued[] {
  useFeedEvery(VALUE_MS, (state) => state.tickersVersion);
  const tickers = useFeed((state) => state.tickers);
  const { data: markets } = useMarkets("");
  return positions.map((position) => {
    const held = count(position.position_fp);
    const market = markets?.find((one) => one.ticker === position.ticker);
    const live = tickers.get(position.ticker);
    const yesBid = live?.bid ?? (market ? price(market.yes_bid_dollars) : null);
    const yesAsk = live?.ask ?? (market ? price(market.yes_ask_dollars) : null);
    const bid = held > 0 ? yesBid : held < 0 && yesAsk !== null ? complement(yesAsk) : null;
    const worth = bid === null ? null : times(bid, Math.abs(held) as Count);
    const unrealized = held === 0 ? NO_MONEY : worth === null ? null : ((worth - money(position.market_exposure_dollars)) as Money);
    return { position, count: held, bid, unrealized };
  });
}
