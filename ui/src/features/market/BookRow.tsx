import { memo, type ReactNode } from "react";
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
  unit: PriceUnit;
  own: OwnLevel | undefined;
  /** How brightly it is lit, 0 to 3, negative when the level shrank. */
  glow: number;
  /** The best of its side: the row that the tab key reaches. */
  first: boolean;
  onPick: (price: Price, side: "bid" | "ask") => void;
}

/** Cells stand where book.css puts them, so a number that changes moves nothing but itself. */
export const BookRow = memo(function BookRow(props: Props): ReactNode {
  const { price, size, total, side, unit, own, glow, first, onPick } = props;
  return (
    <button
      type="button"
      tabIndex={first ? 0 : -1}
      className="book-row"
      data-price={price}
      data-side={side}
      data-size={size}
      data-lit={glow === 0 ? undefined : Math.abs(glow)}
      data-sign={glow === 0 ? undefined : Math.sign(glow)}
      onClick={() => onPick(price, side)}
    >
      <span className="book-price">
        <span className="sr-only">{side} </span>
        {formatPrice(price, unit)}
      </span>
      <span className="book-size">{formatCount(size)}</span>
      <span className="book-total">{formatCount(total)}</span>
      <span className="book-own" data-own={own?.count}>
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
