import { useQuery } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { health, json } from "../../api/sandbox";
import { DataTable } from "../../components/DataTable";
import { Fact, Panel } from "../../components/Panel";
import type { Percentiles } from "../../feed/latency";
import { age, clockTime } from "../../model/moments";
import { useFeed, useHouse } from "../../state/house";
import { useMarkets, useVenueState } from "../../state/queries";
import { Books } from "./Books";

/** Whether the machinery is well, how quick it is, and whether all books are the same. */
export function SystemScreen(): ReactNode {
  const { feed } = useHouse();
  const { data: markets } = useMarkets("");
  const [chosen, setChosen] = useState("");
  const ticker = chosen || (markets?.find((one) => one.status === "active")?.ticker ?? "");
  useEffect(() => {
    feed.watch(ticker || null);
    return () => feed.watch(null);
  }, [feed, ticker]);
  return (
    <div className="h-full overflow-auto p-1.5" data-screen="system">
      <h1 className="sr-only">System</h1>
      <div className="grid grid-cols-2 items-start gap-1.5">
        <Panel title="Processes">
          <Processes />
        </Panel>
        <Panel title="Latency of what is on this screen">
          <LatencyTable />
        </Panel>
        <Panel
          title="Three books of one market"
          className="col-span-2"
          actions={
            <select className="input" aria-label="Market to compare" value={ticker} onChange={(event) => setChosen(event.target.value)}>
              {(markets ?? []).map((one) => (
                <option key={one.ticker}>{one.ticker}</option>
              ))}
            </select>
          }
        >
          <Books ticker={ticker} />
        </Panel>
        <Panel title="Feed" className="col-span-2">
          <FeedFacts />
        </Panel>
      </div>
    </div>
  );
}

interface Process {
  name: string;
  url: string;
  well: boolean | null;
  says: string;
}

function Processes(): ReactNode {
  const { config } = useHouse();
  const { data: venue, error } = useVenueState();
  const others = useQuery({
    queryKey: ["health"],
    refetchInterval: 2_000,
    queryFn: async () => ({
      market_data: config.market_data_url ? await health(config.market_data_url) : null,
      rebuilder: config.rebuilder_url ? await health(config.rebuilder_url) : null,
      lag: config.rebuilder_url ? await rebuilderLag(config.rebuilder_url) : "",
    }),
  });
  const broken = venue?.invariants_broken.length ?? 0;
  const words = venue
    ? broken
      ? `${broken} invariants are broken: ${venue.invariants_broken[0] ?? ""}`
      : `seq ${venue.seq}, ${venue.orders_resting} orders resting, invariants hold${venue.degraded ? `, ${venue.degraded}` : ""}`
    : "";
  const other = (name: string, url: string, state: { well: boolean; says: string } | null | undefined, more = ""): Process => ({
    name,
    url: url || "–",
    well: url ? (state?.well ?? null) : null,
    says: url ? [state?.says ?? "asking", more].filter(Boolean).join(", ") : "not running",
  });
  const rows: Process[] = [
    { name: "Venue", url: config.venue_url, well: error ? false : venue ? !venue.degraded && !broken : null, says: error ? "does not answer" : words },
    other("Market data", config.market_data_url, others.data?.market_data),
    other("Rebuilder", config.rebuilder_url, others.data?.rebuilder, others.data?.lag),
    { name: "This page", url: location.origin, well: true, says: "served" },
  ];
  return (
    <DataTable
      label="Processes"
      rows={rows}
      rowKey={(row) => row.name}
      empty=""
      columns={[
        { name: "Process", cell: (row) => row.name },
        {
          name: "State",
          cell: (row) => (
            <span className="pill" data-tone={row.well === null ? undefined : row.well ? "yes" : "no"}>
              {row.well === null ? "–" : row.well ? "well" : "not well"}
            </span>
          ),
        },
        { name: "Where", cell: (row) => row.url },
        { name: "Says", cell: (row) => <span className="whitespace-normal">{row.says}</span> },
      ]}
    />
  );
}

interface Stats {
  shards: { lag: number; records_per_second: number; gaps: number }[];
}

async function rebuilderLag(url: string): Promise<string> {
  try {
    const { shards } = await json<Stats>(`${url}/stats`);
    return shards.map((one) => `lag ${one.lag}, ${one.records_per_second}/s, ${one.gaps} gaps`).join("; ");
  } catch {
    return "";
  }
}

function LatencyTable(): ReactNode {
  const { feed } = useHouse();
  const link = useFeed((state) => state.link);
  const rows: { name: string; at: Percentiles | null }[] = [
    { name: "Match to arrival (publish and send)", at: feed.latency.send.percentiles() },
    { name: "Arrival to the frame that shows it (render)", at: feed.latency.render.percentiles() },
    { name: "Order: click to answer", at: feed.latency.orders.percentiles() },
  ];
  const ms = (value: number | undefined): string => (value === undefined ? "–" : `${value.toFixed(value < 10 ? 1 : 0)} ms`);
  return (
    <>
      <DataTable
        label="Latency"
        rows={rows}
        rowKey={(row) => row.name}
        empty=""
        columns={[
          { name: "Hop", cell: (row) => row.name },
          { name: "p50", numeric: true, cell: (row) => ms(row.at?.p50) },
          { name: "p95", numeric: true, cell: (row) => ms(row.at?.p95) },
          { name: "p99", numeric: true, cell: (row) => ms(row.at?.p99) },
          { name: "Samples", numeric: true, cell: (row) => row.at?.samples ?? 0 },
        ]}
      />
      <p className="px-3 py-2 text-[12px] text-mute">
        The venue answers a probe in {link.roundTripMs === null ? "–" : `${link.roundTripMs.toFixed(1)} ms`}. The first hop compares the venue&apos;s
        clock with this computer&apos;s: it means nothing while the venue&apos;s clock is moved.
      </p>
    </>
  );
}

function FeedFacts(): ReactNode {
  const book = useFeed((state) => state.book);
  const messages = useFeed((state) => state.messages);
  const frames = useFeed((state) => state.frames);
  const link = useFeed((state) => state.link);
  const counters = book?.counters;
  const all = (counters?.deltas ?? 0) + (counters?.snapshots ?? 0);
  const delta = book?.lastDelta;
  return (
    <div className="grid grid-cols-4 gap-4 p-3 xl:grid-cols-8">
      <Fact name="Connection">{link.kind}</Fact>
      <Fact name="Last heard">{link.ageMs === null ? "never" : `${age(link.ageMs)} ago`}</Fact>
      <Fact name="Messages">{messages}</Fact>
      <Fact name="Messages a frame">{frames ? (messages / frames).toFixed(1) : "–"}</Fact>
      <Fact name="Snapshots">{counters?.snapshots ?? 0}</Fact>
      <Fact name="Deltas">
        {counters?.deltas ?? 0}
        {all ? ` (${((100 * (counters?.deltas ?? 0)) / all).toFixed(1)} %)` : ""}
      </Fact>
      <Fact name="Gaps">{counters?.gaps ?? 0}</Fact>
      <Fact name="Last delta">
        {delta ? `${delta.side} ${delta.price_dollars} ${delta.delta_fp}${delta.ts_ms ? `, ${clockTime(delta.ts_ms)}` : ""}` : "–"}
      </Fact>
    </div>
  );
}
