import { useMemo, type ReactNode } from "react";
import { Nothing, Panel } from "../../components/Panel";
import { TRADES_KEPT, type TradeView } from "../../feed/store";
import { clockTime, parseTime } from "../../model/moments";
import { complement, count, formatCount, formatPrice, price } from "../../model/units";
import { useFeedEvery } from "../../state/house";
import { useTrades } from "../../state/queries";
import { useSettings } from "../../state/settings";

const TAPE_MS = 200;

/** The newest trades of a market: what REST has, and what came since. */
export function useTape(ticker: string): readonly TradeView[] {
  const { data: past } = useTrades(ticker);
  const fresh = useFeedEvery(TAPE_MS, (state) => state.trades);
  return useMemo(() => {
    const known = new Set(fresh.map((trade) => trade.id));
    const older = (past ?? [])
      .filter((trade) => !known.has(trade.trade_id))
      .map((trade) => ({
        id: trade.trade_id,
        price: price(trade.yes_price_dollars),
        count: count(trade.count_fp),
        taker: trade.taker_outcome_side,
        tsMs: parseTime(trade.created_time),
      }));
    return [...fresh, ...older].slice(0, TRADES_KEPT);
  }, [past, fresh]);
}

export function Tape({ ticker }: { ticker: string }): ReactNode {
  const trades = useTape(ticker);
  const { unit, outcome } = useSettings();
  return (
    <Panel title="Trades" className="min-h-0 flex-1">
      {trades.length === 0 ? (
        <Nothing>Nothing has traded yet</Nothing>
      ) : (
        <table className="tbl" aria-label="Trades" data-testid="tape">
          <thead className="sr-only">
            <tr>
              <th scope="col">Price</th>
              <th scope="col">Count</th>
              <th scope="col">Taker bought</th>
              <th scope="col">Time</th>
            </tr>
          </thead>
          <tbody>
            {trades.map((trade) => (
              <tr key={trade.id} className="leading-tight">
                <td className={trade.taker === outcome ? "text-yes" : "text-no"}>
                  <span aria-hidden="true">{trade.taker === outcome ? "▲ " : "▼ "}</span>
                  {formatPrice(outcome === "yes" ? trade.price : complement(trade.price), unit)}
                </td>
                <td className="num">{formatCount(trade.count)}</td>
                <td className="text-mute">{trade.taker.toUpperCase()}</td>
                <td className="num text-mute">{clockTime(trade.tsMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
