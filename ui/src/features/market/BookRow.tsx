import { memo, type CSSProperties, type ReactNode } from "react";
import type { Flash } from "../../feed/bookFeed";
import { formatCount, formatPrice, type Count, type Price, type PriceUnit } from "../../model/units";

/** The account's orders at one price. */
export interface OwnLevel {
  readonly count: Count;
  /** Contracts ahead of the first of them; null while the venue has not said. */
  readonly ahead: Count | null;
}

interface Props {
  /** Single values, not the row: a row is made anew every frame, and most of them say the same as before. */
  price: Price;
  size: Count;
  total: Count;
  side: "bid" | "ask";
  deepest: Count;
  unit: PriceUnit;
  own: OwnLevel | undefined;
  flash: Flash | undefined;
  /** The best of its side: the row that the tab key reaches. */
  first: boolean;
  onPick: (price: Price, side: "bid" | "ask") => void;
}

export const BookRow = memo(function BookRow(props: Props): ReactNode {
  const { price, size, total, side, deepest, unit, own, flash, first, onPick } = props;
  const share = deepest ? Math.round((total * 1000) / deepest) / 10 : 0;
  const tone = side === "bid" ? "text-yes" : "text-no";
  const shown = formatPrice(price, unit);
  return (
    <button
      type="button"
      tabIndex={first ? 0 : -1}
      className="relative grid h-[19px] w-full shrink-0 grid-cols-[1fr_1fr_1fr_5.2rem] items-center px-2 text-right hover:bg-raised"
      data-price={price}
      data-side={side}
      data-size={size}
      onClick={() => onPick(price, side)}
    >
      <span
        aria-hidden="true"
        className={`absolute inset-y-px right-0 ${side === "bid" ? "bg-yes-soft" : "bg-no-soft"} depth`}
        style={{ "--share": `${share}%`, width: "var(--share)" } as CSSProperties}
      />
      {flash ? <span key={flash.id} aria-hidden="true" className="flash" data-sign={flash.sign} /> : null}
      <span className={`relative text-left font-medium ${tone}`}>
        <span className="sr-only">{side} </span>
        {shown}
      </span>
      <span className="relative">{formatCount(size)}</span>
      <span className="relative text-mute">{formatCount(total)}</span>
      <span className="relative truncate text-[11px] text-accent" data-own={own ? own.count : undefined}>
        {own ? (
          <>
            <span aria-hidden="true">●</span> {formatCount(own.count)}
            <span className="sr-only"> yours</span>
            {own.ahead === null ? "" : ` q${formatCount(own.ahead)}`}
          </>
        ) : null}
      </span>
    </button>
  );
});
