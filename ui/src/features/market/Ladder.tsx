import { useMemo, type KeyboardEvent, type ReactNode } from "react";
import { ladder, type Outcome, type Row } from "../../model/book";
import { formatPrice, type Count, type Price, type PriceUnit } from "../../model/units";
import { useFeed } from "../../state/house";
import { BookRow, type OwnLevel } from "./BookRow";
import "./book.css";
import { useGlow } from "./useGlow";

const ROWS = 30;

interface Props {
  outcome: Outcome;
  unit: PriceUnit;
  group: Price;
  own: ReadonlyMap<string, OwnLevel>;
  /** Whether changed levels are lit. */
  glows: boolean;
  live: boolean;
  onPick: (price: Price, side: "bid" | "ask") => void;
}

/** The rows alone: drawn at every frame that brings a change, so nothing else is asked for here. */
export function Ladder({ outcome, unit, group, own, glows, live, onPick }: Props): ReactNode {
  const view = useFeed((state) => state.book);
  const rows = useMemo(() => (view ? ladder(view.book, outcome, group, ROWS) : null), [view, outcome, group]);
  const glow = useGlow(view, outcome, glows);
  if (!view || !rows) return null;
  const half = (side: "bid" | "ask", shown: readonly Row[]): ReactNode => (
    <div className="book-half" data-half={side}>
      <div className="book-rows">
        <div aria-hidden="true" className="book-depth" style={{ clipPath: staircase(shown, rows.deepest, side === "bid") }} />
        {shown.map((row, index) => (
          <BookRow
            key={row.price}
            price={row.price}
            size={row.size}
            total={row.total}
            side={side}
            unit={unit}
            own={own.get(`${side}:${row.price}`)}
            glow={glow(side, row.price)}
            first={index === 0}
            onPick={onPick}
          />
        ))}
      </div>
    </div>
  );
  return (
    <div
      role="group"
      aria-label={`Order book of ${outcome.toUpperCase()}`}
      data-testid="book"
      data-live={live}
      data-clock={view.clock}
      className={`flex min-h-0 flex-1 flex-col ${live ? "" : "stale"}`}
      onKeyDown={walk}
    >
      {half("ask", rows.asks)}
      <div className="flex h-8 shrink-0 items-center gap-3 border-y border-line px-2" style={{ contain: "strict" }}>
        <span className="text-lg font-semibold">{middle(rows.bestBid, rows.bestAsk, unit)}</span>
        <span className="ml-auto text-mute">
          {rows.spread !== null
            ? `spread ${formatPrice(rows.spread, unit)}`
            : rows.bestBid === null && rows.bestAsk === null
              ? "no order rests"
              : "one side is empty"}
        </span>
      </div>
      {half("bid", rows.bids)}
    </div>
  );
}

/** The depth of a half as one shape: a bar from the right for each row, downwards from the middle or up to it. */
function staircase(rows: readonly Row[], deepest: Count, down: boolean): string {
  const at = (index: number): string => (((down ? index : rows.length - index) * 100) / (rows.length || 1)).toFixed(2);
  const bars = rows.map((row, index) => {
    const left = (100 - (deepest ? (row.total * 100) / deepest : 0)).toFixed(1);
    return `${left}% ${at(index)}%, ${left}% ${at(index + 1)}%`;
  });
  return `polygon(${[`100% ${at(0)}%`, ...bars, `100% ${at(rows.length)}%`].join(", ")})`;
}

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
