import { lazy, Suspense, useEffect, useMemo, type ReactNode } from "react";
import { asVenueError } from "../../api/errors";
import { ErrorNote } from "../../components/Notes";
import { Nothing } from "../../components/Panel";
import { TabPanel, type Tab } from "../../components/TabPanel";
import { gridOf } from "../../model/grid";
import { useHouse } from "../../state/house";
import { useFamily, useMarket } from "../../state/queries";
import { useSettings } from "../../state/settings";
import { Divider } from "./Divider";
import { MarketHead } from "./MarketHead";
import { OrderBook } from "./OrderBook";
import { Rules } from "./Rules";
import { Tape } from "./Tape";
import { Ticket } from "./Ticket";

const Chart = lazy(() => import("./chart/Chart"));

/** One market on one screen that does not scroll: chart, book, ticket, and the account's tabs below. */
export function MarketScreen({ ticker, rail }: { ticker: string; rail: readonly Tab[] }): ReactNode {
  const { feed } = useHouse();
  useEffect(() => {
    feed.watch(ticker);
    return () => feed.watch(null);
  }, [feed, ticker]);
  const { data: market, error } = useMarket(ticker);
  const { data: family } = useFamily(market?.event_ticker);
  const { railHeight, railTab, bookWidth, change } = useSettings();
  const bands = JSON.stringify(market?.price_ranges ?? []);
  const grid = useMemo(() => gridOf(JSON.parse(bands) as Parameters<typeof gridOf>[0]), [bands]);
  if (!market) {
    return error ? (
      <div className="p-6">
        <ErrorNote message={asVenueError(error).message} reference={asVenueError(error).reference} />
      </div>
    ) : (
      <Nothing>Loading {ticker}</Nothing>
    );
  }
  const tabs = [...rail, { id: "rules", label: "Rules", content: <Rules market={market} family={family} /> }];
  return (
    <div className="flex h-full min-h-0 flex-col gap-1.5 p-1.5" data-screen="market">
      <MarketHead market={market} family={family} />
      <div className="flex min-h-0 flex-1">
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          <div className="min-h-0" style={{ flex: `${100 - railHeight} 1 0` }}>
            <Suspense fallback={<div className="panel h-full" />}>
              <Chart market={market} seriesTicker={family?.series.ticker} />
            </Suspense>
          </div>
          <Divider
            label="Height of the lower part"
            runs="across"
            value={railHeight}
            least={15}
            most={70}
            onChange={(value) => change({ railHeight: value })}
          />
          <div className="flex min-h-0 flex-col" style={{ flex: `${railHeight} 1 0` }}>
            <TabPanel
              label="Account and rules"
              className="min-h-0 flex-1"
              tabs={tabs}
              value={railTab}
              onChange={(id) => change({ railTab: id })}
            />
          </div>
        </div>
        <Divider
          label="Width of the book"
          runs="upright"
          value={bookWidth}
          least={20}
          most={45}
          onChange={(value) => change({ bookWidth: value })}
        />
        <div className="max-w-[640px] min-w-[300px] shrink-0" style={{ width: `${bookWidth}%` }}>
          <OrderBook ticker={ticker} grid={grid} />
        </div>
        <div className="ml-1.5 flex min-h-0 w-[300px] shrink-0 flex-col gap-1.5">
          <Ticket market={market} grid={grid} series={family?.series} />
          <Tape ticker={ticker} />
        </div>
      </div>
    </div>
  );
}
