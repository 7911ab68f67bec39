import { memo, useCallback, useMemo, type ReactNode } from "react";
import { Nothing, Panel } from "../../components/Panel";
import { Segmented } from "../../components/Segmented";
import type { Outcome } from "../../model/book";
import { groupings, type Grid } from "../../model/grid";
import { age } from "../../model/moments";
import { formatPrice, type Price, type PriceUnit } from "../../model/units";
import { useTruth } from "../../state/health";
import { useFeed } from "../../state/house";
import { useSettings } from "../../state/settings";
import { useTicket } from "../../state/ticket";
import { Ladder } from "./Ladder";
import { useOwnLevels } from "./useOwnLevels";

/** The book as the feed folded it: prices that can be clicked, what is ours, and whether it is true. */
export function OrderBook({ ticker, grid }: { ticker: string; grid: Grid }): ReactNode {
  const state = useFeed((feed) => feed.book?.state);
  const { unit, outcome, flash, groups } = useSettings();
  const { truth, ageMs } = useTruth();
  const coarse = useMemo(() => groupings(grid), [grid]);
  const chosen = groups[ticker] as Price | undefined;
  const group = chosen !== undefined && coarse.includes(chosen) ? chosen : (coarse[0] ?? (1 as Price));
  const own = useOwnLevels(ticker, outcome, group);
  const clickLevel = useTicket((ticket) => ticket.clickLevel);
  const pick = useCallback(
    (price: Price, side: "bid" | "ask") => clickLevel(outcome, price, side === "ask" ? "buy" : "sell"),
    [clickLevel, outcome],
  );
  const live = state === "live" && (truth === "connected" || truth === "paused" || truth === "exchange-paused");
  return (
    <Panel
      fixed
      className="h-full"
      title={
        <span className="flex items-center gap-2">
          Book
          <span className="pill" data-tone={live ? "yes" : "warn"} data-testid="book-state">
            {live ? "live" : state ? `old${ageMs === null ? "" : `, ${age(ageMs)}`}` : "waiting"}
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
      {state === undefined ? (
        <Nothing>Waiting for the book</Nothing>
      ) : (
        <Ladder outcome={outcome} unit={unit} group={group} own={own} glows={flash && group === coarse[0]} live={live} onPick={pick} />
      )}
    </Panel>
  );
}

/** Remembers what it was: how old the book is is said four times a second. */
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
