import { useEffect, useState, type ReactNode } from "react";
import { toast, Toaster } from "sonner";
import { complement, count, formatCount, formatPrice, price } from "../model/units";
import { useLastFill } from "../state/house";
import { useTheme } from "../state/theme";

/** Fills of this account, as a toast and for the ears; nothing else is announced. */
export function Announcer(): ReactNode {
  const fill = useLastFill((state) => state.fill);
  const [said, setSaid] = useState("");
  const theme = useTheme();
  useEffect(() => {
    if (!fill) return;
    const bid = fill.book_side === "bid";
    const at = price(fill.yes_price_dollars);
    const what = bid ? `bought YES at ${formatPrice(at)}` : `sold YES at ${formatPrice(at)} (NO at ${formatPrice(complement(at))})`;
    const text = `Filled: ${formatCount(count(fill.count_fp))} ${what}`;
    setSaid(`${text} in ${fill.market_ticker}`);
    toast(text, { description: fill.market_ticker, id: fill.trade_id });
  }, [fill]);
  return (
    <>
      <div className="sr-only" role="log" aria-live="polite" data-testid="announcer">
        {said}
      </div>
      <Toaster theme={theme} position="bottom-left" visibleToasts={3} duration={3_500} />
    </>
  );
}
