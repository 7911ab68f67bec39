import { useQuery } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { marketDataStats } from "../../api/readers";
import { DataTable } from "../../components/DataTable";
import { MarketDataReader } from "../../feed/reader";
import { useFeedEvery, useHouse } from "../../state/house";
import { useClockState } from "../../state/queries";
import { hopRows, type HopRow } from "./hops";

const SHOWN_MS = 1_000;
/** More than two processes' idea of one clock can differ on one machine. */
const MOVED_MS = 1_000;

/** How long each hop from an order to the screen takes, and who says so. */
export function Hops({ ticker }: { ticker: string }): ReactNode {
  const { feed, config } = useHouse();
  const roundTrip = useFeedEvery(SHOWN_MS, (state) => state.link.roundTripMs);
  const { data: clock } = useClockState();
  const reader = useReader(config.market_data_url, ticker);
  const { data: stats } = useQuery({
    queryKey: ["market-data-stats"],
    enabled: config.market_data_url !== "",
    refetchInterval: SHOWN_MS,
    retry: 0,
    queryFn: () => marketDataStats(config.market_data_url).catch(() => null),
  });
  const rows = hopRows({
    clockMoved: clock !== undefined && (clock.mode !== "real" || Math.abs(clock.ahead_ms) > MOVED_MS),
    marketData: config.market_data_url ? (stats ?? null) : undefined,
    engine: feed.latency.engine.percentiles(),
    feed: feed.latency.feed.percentiles(),
    arrival: reader?.arrival.percentiles() ?? null,
    render: feed.latency.render.percentiles(),
    orders: feed.latency.orders.percentiles(),
  });
  return (
    <>
      <DataTable<HopRow>
        label="Latency"
        rows={rows}
        rowKey={(row) => row.name}
        rowProps={(row) => ({ "data-hop": row.name })}
        empty=""
        columns={[
          { name: "Hop", cell: (row) => <Name row={row} /> },
          { name: "p50", numeric: true, cell: (row) => ms(row.at?.p50) },
          { name: "p90", numeric: true, cell: (row) => ms(row.at?.p90) },
          { name: "p99", numeric: true, cell: (row) => ms(row.at?.p99) },
          { name: "Samples", numeric: true, cell: (row) => row.at?.samples.toLocaleString("en") ?? "–" },
          { name: "Measured by", cell: (row) => <span className="whitespace-normal text-mute">{row.source}</span> },
        ]}
      />
      <p className="px-3 py-2 text-[12px] text-mute">
        The venue answers a probe in {roundTrip === null ? "–" : ms(roundTrip)}. It stamps its messages and answers in whole milliseconds.
      </p>
    </>
  );
}

function Name({ row }: { row: HopRow }): ReactNode {
  return (
    <>
      <span className="block font-medium">{row.name}</span>
      <span className="block text-[11px] text-mute">{row.way}</span>
    </>
  );
}

const ms = (value: number | undefined): string => (value === undefined ? "–" : `${value.toFixed(value < 1 ? 2 : value < 10 ? 1 : 0)} ms`);

/** Listens as long as it is shown. */
function useReader(url: string, ticker: string): MarketDataReader | null {
  const [reader, setReader] = useState<MarketDataReader | null>(null);
  useEffect(() => {
    if (!url || !ticker) return;
    const made = new MarketDataReader(url, ticker);
    setReader(made);
    return () => {
      made.close();
      setReader(null);
    };
  }, [url, ticker]);
  return reader;
}
