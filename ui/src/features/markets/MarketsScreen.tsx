import { useVirtualizer } from "@tanstack/react-virtual";
import { useDeferredValue, useMemo, useRef, useState, type ReactNode } from "react";
import { asVenueError } from "../../api/errors";
import type { StatusFilter } from "../../api/markets";
import { ErrorNote } from "../../components/Notes";
import { Nothing } from "../../components/Panel";
import { Segmented } from "../../components/Segmented";
import { useVenueNow } from "../../state/clock";
import { useEvents, useMarkets, useSeriesList } from "../../state/queries";
import { useSettings } from "../../state/settings";
import { entries, found, type Entry } from "./catalogue";
import { COLUMNS, MarketRow } from "./MarketRow";

const BEAT_MS = 1_000;
const ROW_PX = 44;
const HEAD_PX = 34;
const STATUSES: [StatusFilter, string][] = [
  ["", "Every status"],
  ["open", "Open"],
  ["unopened", "Not open yet"],
  ["paused", "Paused"],
  ["closed", "Closed"],
  ["settled", "Settled"],
];

/** Every market of the venue; only the rows in sight are in the document. */
export function MarketsScreen(): ReactNode {
  const [typed, setTyped] = useState("");
  const { tree, status, unit, change } = useSettings();
  const words = useDeferredValue(typed);
  const { data: markets, error } = useMarkets(status);
  const { data: events } = useEvents();
  const { data: series } = useSeriesList();
  const now = useVenueNow(BEAT_MS);
  const catalogue = useMemo(
    () => ({
      markets: markets ?? [],
      events: new Map((events ?? []).map((event) => [event.event_ticker, event])),
      series: new Map((series ?? []).map((one) => [one.ticker, one])),
    }),
    [markets, events, series],
  );
  const hits = useMemo(() => found(catalogue, words), [catalogue, words]);
  const rows = useMemo(() => entries(catalogue, hits, tree), [catalogue, hits, tree]);
  return (
    <div className="flex h-full min-h-0 flex-col gap-1.5 p-1.5" data-screen="markets">
      <h1 className="sr-only">Markets</h1>
      <div className="panel flex-row! items-center gap-2 p-2">
        <input
          id="market-search"
          type="search"
          className="input w-80"
          placeholder="Search by words or by the start of a ticker"
          aria-label="Search markets"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <select className="input" aria-label="Status" value={status} onChange={(event) => change({ status: event.target.value as StatusFilter })}>
          {STATUSES.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <Segmented
          label="Arrangement"
          value={tree ? "tree" : "flat"}
          options={[
            { value: "tree", label: "By series" },
            { value: "flat", label: "Flat" },
          ]}
          onChange={(value) => change({ tree: value === "tree" })}
        />
        <span className="ml-auto text-mute" role="status">
          {hits.length} {hits.length === 1 ? "market" : "markets"}
        </span>
      </div>
      {error ? <ErrorNote message={asVenueError(error).message} reference={asVenueError(error).reference} /> : null}
      <List rows={rows} unit={unit} now={now} loading={markets === undefined} />
    </div>
  );
}

function List(props: { rows: Entry[]; unit: "cents" | "percent"; now: number; loading: boolean }): ReactNode {
  const { rows, unit, now } = props;
  const beat = Math.floor(performance.now() / BEAT_MS) * BEAT_MS;
  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.kind === "market" ? ROW_PX : HEAD_PX),
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 12,
  });
  return (
    <div className="panel min-h-0 flex-1" role="table" aria-label="Markets" aria-rowcount={rows.length}>
      <div role="rowgroup" className="shrink-0">
        <div role="row" className={`${COLUMNS} h-8 border-b border-line text-[12px] text-mute`}>
          <span role="columnheader">Market</span>
          <span role="columnheader">Status</span>
          <span role="columnheader" className="text-right">
            YES bid
          </span>
          <span role="columnheader" className="text-right">
            YES ask
          </span>
          <span role="columnheader" className="text-right">
            Last
          </span>
          <span role="columnheader" className="text-right">
            Volume
          </span>
          <span role="columnheader" className="text-right">
            Ends
          </span>
        </div>
      </div>
      <div ref={scroller} role="rowgroup" tabIndex={0} className="min-h-0 flex-1 overflow-auto">
        {rows.length === 0 ? (
          <div role="row">
            <div role="cell">
              <Nothing>{props.loading ? "Loading the markets" : "No market is like that"}</Nothing>
            </div>
          </div>
        ) : null}
        <div role="presentation" className="relative" style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              <div
                key={item.key}
                role="presentation"
                className="absolute inset-x-0 top-0"
                style={{ height: item.size, transform: `translateY(${item.start}px)` }}
              >
                {row.kind === "market" ? (
                  <MarketRow market={row.market} title={row.title} unit={unit} now={now} beat={beat} indent={row.title !== "" && isTree(rows)} />
                ) : (
                  <Heading row={row} />
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

const isTree = (rows: Entry[]): boolean => rows[0]?.kind === "series";

function Heading({ row }: { row: Exclude<Entry, { kind: "market" }> }): ReactNode {
  return (
    <div role="row" className={`flex h-full items-center gap-2 border-b border-line/60 px-3 ${row.kind === "series" ? "bg-raised font-semibold" : "pl-6"}`}>
      <span role="cell" className="truncate">
        {row.title}
        <span className="ml-2 font-normal text-mute">{row.kind === "series" ? row.markets : row.subTitle}</span>
      </span>
    </div>
  );
}
