import { memo, useCallback, useMemo, type KeyboardEvent, type ReactNode } from "react";
import { Nothing, Panel } from "../../components/Panel";
import { Segmented } from "../../components/Segmented";
import { ladder, type Outcome } from "../../model/book";
import { groupings, type Grid } from "../../model/grid";
import { age } from "../../model/moments";
import { formatPrice, type Price, type PriceUnit } from "../../model/units";
import { useTruth } from "../../state/health";
import { useFeed } from "../../state/house";
import { useSettings } from "../../state/settings";
import { useTicket } from "../../state/ticket";
import { BookRow } from "./BookRow";
import { useFlashes } from "./useFlashes";
import { useOwnLevels } from "./useOwnLevels";

const ROWS = 30;

/** The book as the feed folded it: prices that can be clicked, what is ours, and whether it is true. */
export function OrderBook({ ticker, grid }: { ticker: string; grid: Grid }): ReactNode {
  const view = useFeed((state) => state.book);
  const { unit, outcome, flash, groups } = useSettings();
  const { truth, ageMs } = useTruth();
  const coarse = useMemo(() => groupings(grid), [grid]);
  const chosen = groups[ticker] as Price | undefined;
  const group = chosen !== undefined && coarse.includes(chosen) ? chosen : (coarse[0] ?? (1 as Price));
  const own = useOwnLevels(ticker, outcome, group);
  const lit = useFlashes(view, outcome, flash && group === coarse[0]);
  const clickLevel = useTicket((state) => state.clickLevel);
  const pick = useCallback(
    (price: Price, side: "bid" | "ask") => clickLevel(outcome, price, side === "ask" ? "buy" : "sell"),
    [clickLevel, outcome],
  );
  const rows = useMemo(() => (view ? ladder(view.book, outcome, group, ROWS) : null), [view, outcome, group]);
  const live = view?.state === "live" && (truth === "connected" || truth === "paused" || truth === "exchange-paused");
  const halves = (side: "bid" | "ask"): ReactNode =>
    (side === "bid" ? rows?.bids : rows?.asks)?.map((row, index) => (
      <BookRow
        key={row.price}
        price={row.price}
        size={row.size}
        total={row.total}
        side={side}
        deepest={rows?.deepest ?? row.total}
        unit={unit}
        own={own.get(`${side}:${row.price}`)}
        flash={lit(side, row.price)}
        first={index === 0}
        onPick={pick}
      />
    ));
  return (
    <Panel
      fixed
      className="h-full"
      title={
        <span className="flex items-center gap-2">
          Book
          <span className="pill" data-tone={live ? "yes" : "warn"} data-testid="book-state">
            {live ? "live" : view ? `old${ageMs === null ? "" : `, ${age(ageMs)}`}` : "waiting"}
          </span>
        </span>
      }
      actions={<BookControls ticker={ticker} unit={unit} outcome={outcome} group={group} groups={coarse} />}
    >
      <div className="grid shrink-0 grid-cols-[1fr_1fr_1fr_5.2rem] px-2 py-1 text-right text-xs text-mute" aria-hidden="true">
        <span className="text-left">Price</span>
        <span>Size</span>
        <span>Total</span>
        <span>Yours</span>
      </div>
      {rows === null ? (
        <Nothing>Waiting for the book</Nothing>
      ) : (
        <div
          role="group"
          aria-label={`Order book of ${outcome.toUpperCase()}`}
          data-testid="book"
          data-live={live}
          data-clock={view?.clock}
          className={`flex min-h-0 flex-1 flex-col ${live ? "" : "stale"}`}
          onKeyDown={walk}
        >
          <div className="flex min-h-0 flex-1 flex-col-reverse overflow-y-auto" data-half="ask">
            {halves("ask")}
          </div>
          <div className="flex shrink-0 items-baseline gap-3 border-y border-line px-2 py-1">
            <span className="text-lg font-semibold">{middle(rows.bestBid, rows.bestAsk, unit)}</span>
            <span className="ml-auto text-mute">
              {rows.spread === null ? "one side is empty" : `spread ${formatPrice(rows.spread, unit)}`}
            </span>
          </div>
          <div className="flex min-h-0 flex-1 flex-col overflow-y-auto" data-half="bid">
            {halves("bid")}
          </div>
        </div>
      )}
    </Panel>
  );
}

/** Remembers what it was: the book below it is drawn sixty times a second. */
const BookControls = memo(function BookControls(props: { ticker: string; unit: PriceUnit; outcome: Outcome; group: Price; groups: Price[] }): ReactNode {
  const { groups, change } = useSettings();
  return (
    <>
      <Segmented
        label="Whose book"
        value={props.outcome}
        options={[
          { value: "yes", label: "YES", tone: "yes" },
          { value: "no", label: "NO", tone: "no" },
        ]}
        onChange={(outcome) => change({ outcome })}
      />
      <Segmented
        label="Prices in"
        value={props.unit}
        options={[
          { value: "cents", label: "¢" },
          { value: "percent", label: "%" },
        ]}
        onChange={(unit) => change({ unit })}
      />
      <select
        className="input px-1"
        aria-label="Group prices"
        value={props.group}
        onChange={(event) => change({ groups: { ...groups, [props.ticker]: Number(event.target.value) } })}
      >
        {props.groups.map((one) => (
          <option key={one} value={one}>
            {formatPrice(one, props.unit)}
          </option>
        ))}
      </select>
    </>
  );
});

/** Up and down go from row to row as they stand on the screen. */
function walk(event: KeyboardEvent<HTMLDivElement>): void {
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLButtonElement>("button[data-price]")].sort(
    (a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top,
  );
  const at = rows.indexOf(document.activeElement as HTMLButtonElement);
  const next = rows[at + (event.key === "ArrowDown" ? 1 : -1)];
  if (at < 0 || !next) return;
  event.preventDefault();
  next.focus();
}

function middle(bid: Price | null, ask: Price | null, unit: PriceUnit): string {
  if (bid === null || ask === null) return "–";
  return formatPrice(((bid + ask) / 2) as Price, unit);
}
