import type { ReactNode } from "react";
import type { Market } from "../../api/markets";
import { dayAndTime, duration, parseTime } from "../../model/moments";
import { formatPrice, price } from "../../model/units";
import { useVenueNow } from "../../state/clock";

const STEPS = ["Opens", "Open", "Closed", "Determined", "Settled"] as const;
const AT: Record<string, number> = { initialized: 0, active: 1, inactive: 1, closed: 2, determined: 3, disputed: 3, amended: 3, finalized: 4 };

/** Where a market is on its way, and how long until the next step. */
export function Lifecycle({ market }: { market: Market }): ReactNode {
  const now = useVenueNow();
  const at = AT[market.status] ?? 1;
  return (
    <div className="flex items-center gap-3" data-testid="lifecycle" data-status={market.status}>
      <ol className="flex items-center gap-1" aria-label="Life of the market">
        {STEPS.map((step, index) => (
          <li key={step} aria-current={index === at ? "step" : undefined} className="flex items-center gap-1">
            {index > 0 ? <span aria-hidden="true" className={`h-0.5 w-4 ${index <= at ? "bg-accent" : "bg-line"}`} /> : null}
            <span className={`text-[12px] ${index === at ? "font-semibold text-accent" : "text-mute"}`}>
              {index === 1 && market.status === "inactive" ? "Paused" : step}
            </span>
          </li>
        ))}
      </ol>
      <span className="text-[12px] text-mute">{next(market, now)}</span>
    </div>
  );
}

function next(market: Market, now: number): string {
  const [opens, closes] = [parseTime(market.open_time), parseTime(market.close_time)];
  if (market.status === "initialized") return `opens in ${duration(opens - now)}`;
  if (market.status === "active") return `closes in ${duration(closes - now)}, ${dayAndTime(closes)}`;
  if (market.status === "inactive") return "trading is halted";
  if (market.status === "closed") return "waits for its result";
  const paid = market.settlement_value_dollars ? `, YES pays ${formatPrice(price(market.settlement_value_dollars))}` : "";
  if (market.status === "finalized") return `result ${market.result}${paid}`;
  return `result ${market.result}${paid}, settles ${market.settlement_timer_seconds} s after`;
}
