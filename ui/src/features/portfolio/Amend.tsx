import { useState, type FormEvent, type ReactNode } from "react";
import { asVenueError } from "../../api/errors";
import type { Order } from "../../api/portfolio";
import { ErrorNote } from "../../components/Notes";
import { count, parseCount, parsePriceInput, price, priceInput, sum, wireCount, wirePrice } from "../../model/units";
import { useAmendOrder } from "../../state/queries";

/** New price and remaining count of one order. The venue counts what was filled with it (SEMANTICS B7). */
export function Amend({ order, onDone }: { order: Order; onDone: () => void }): ReactNode {
  const [priceText, setPriceText] = useState(priceInput(price(order.yes_price_dollars)));
  const [countText, setCountText] = useState(wireCount(count(order.remaining_count_fp)));
  const amend = useAmendOrder();
  const [newPrice, newCount] = [parsePriceInput(priceText), parseCount(countText)];
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (newPrice === null || newCount === null) return;
    amend.mutate(
      {
        orderId: order.order_id,
        amendment: {
          ticker: order.ticker,
          side: order.book_side,
          price: wirePrice(newPrice),
          count: wireCount(sum(count(order.fill_count_fp), newCount)),
        },
      },
      { onSuccess: onDone },
    );
  };
  return (
    <form
      className="flex flex-wrap items-center justify-end gap-1"
      aria-label="Amend the order"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Escape") onDone();
      }}
    >
      <input className="input w-14 py-0 text-right" aria-label="New YES price" inputMode="decimal" autoFocus value={priceText} onChange={(event) => setPriceText(event.target.value)} />
      <input className="input w-18 py-0 text-right" aria-label="New count left" inputMode="decimal" value={countText} onChange={(event) => setCountText(event.target.value)} />
      <button type="submit" className="btn btn-small btn-strong" disabled={newPrice === null || newCount === null || amend.isPending}>
        Save
      </button>
      <button type="button" className="btn btn-small" onClick={onDone}>
        Leave
      </button>
      {amend.error ? <ErrorNote message={asVenueError(amend.error).message} reference={asVenueError(amend.error).reference} /> : null}
    </form>
  );
}
