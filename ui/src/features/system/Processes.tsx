import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { marketDataStats, readiness, rebuilderStats, venueHealth, type Readiness, type VenueHealth } from "../../api/readers";
import { DataTable } from "../../components/DataTable";
import { useHouse } from "../../state/house";
import { useVenueState } from "../../state/queries";

const EVERY_MS = 2_000;

interface Process {
  name: string;
  url: string;
  /** Null: not running, or not asked yet. */
  well: boolean | null;
  says: string;
}

/** Every process of the house: whether it is well, how far behind and how fast, in its own words. */
export function Processes(): ReactNode {
  const { config } = useHouse();
  const rows: Process[] = [
    useVenue(config.venue_url),
    useReaderProcess("Market data", config.market_data_url, async (url) => {
      const { log, readers } = await marketDataStats(url);
      return `${log ? follows(log) : "fed by another server"}, ${of(readers.connected, "reader")}${readers.behind ? `, ${readers.behind} of them behind` : ""}`;
    }),
    useReaderProcess("Rebuilder", config.rebuilder_url, async (url) => (await rebuilderStats(url)).shards.map(follows).join("; ")),
    { name: "Screen", url: location.origin, well: true, says: "this page came from it" },
  ];
  return (
    <DataTable
      label="Processes"
      rows={rows}
      rowKey={(row) => row.name}
      rowProps={(row) => ({ "data-process": row.name })}
      empty=""
      columns={[
        { name: "Process", cell: (row) => <Name row={row} /> },
        {
          name: "State",
          cell: (row) => (
            <span className="pill" data-tone={row.well === null ? undefined : row.well ? "yes" : "no"}>
              {row.well === null ? "–" : row.well ? "well" : "not well"}
            </span>
          ),
        },
        { name: "Says", cell: (row) => <span className="whitespace-normal">{row.says}</span> },
      ]}
    />
  );
}

function Name({ row }: { row: Process }): ReactNode {
  return (
    <>
      <span className="block font-medium">{row.name}</span>
      <span className="block text-[11px] text-mute">{row.url || "no address"}</span>
    </>
  );
}

const follows = (log: { lag: number; records_per_second: number; gaps: number }): string =>
  `${log.lag} behind, ${log.records_per_second} records/s, ${of(log.gaps, "gap")}`;

const of = (count: number, name: string): string => `${count} ${name}${count === 1 ? "" : "s"}`;

function useVenue(url: string): Process {
  const { data: state, error } = useVenueState();
  const { data: health } = useQuery({ queryKey: ["venue-health"], refetchInterval: EVERY_MS, retry: 0, queryFn: () => venueHealth(url).catch(() => null) });
  if (error) return { name: "Venue", url, well: false, says: "does not answer" };
  if (!state) return { name: "Venue", url, well: null, says: "asking" };
  const broken = state.invariants_broken;
  if (broken.length) return { name: "Venue", url, well: false, says: `${broken.length} invariants are broken: ${broken[0] ?? ""}` };
  const says = [`seq ${state.seq}`, `${state.orders_resting} orders resting`, "invariants hold", state.degraded, ...(health ? besides(health) : [])];
  return { name: "Venue", url, well: !state.degraded, says: says.filter(Boolean).join(", ") };
}

const besides = ({ websocket_clients, publisher, history }: VenueHealth): string[] => [
  of(websocket_clients, "WebSocket client"),
  history.trouble ? `history: ${history.trouble}` : `history ${history.lag} behind`,
  publisher ? (publisher.trouble ? `Kafka: ${publisher.trouble}` : `Kafka ${publisher.lag} behind`) : "",
];

/** `figures` says how far behind and how fast it is. */
function useReaderProcess(name: string, url: string, figures: (url: string) => Promise<string>): Process {
  const { data } = useQuery({
    queryKey: ["process", name],
    enabled: url !== "",
    refetchInterval: EVERY_MS,
    retry: 0,
    queryFn: async (): Promise<Readiness> => {
      try {
        const ready = await readiness(url);
        return { well: ready.well, says: [ready.says, await figures(url)].filter(Boolean).join(", ") };
      } catch {
        return { well: false, says: "does not answer" };
      }
    },
  });
  if (!url) return { name, url, well: null, says: "not running" };
  return { name, url, well: data?.well ?? null, says: data?.says ?? "asking" };
}
