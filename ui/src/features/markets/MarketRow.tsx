import { memo, type ReactNode } from "react";
import type { Market } from "../../api/markets";
import { Arrow } from "../../components/Numbers";
import { duration, parseTime } from "../../model/moments";
import { count, DOLLAR, formatCount, formatPrice, price, type Price, type PriceUnit } from "../../model/units";
import { useFeed } from "../../state/house";

export const COLUMNS = "grid grid-cols-[minmax(0,1fr)_6.5rem_5.5rem_5.5rem_5.5rem_6rem_7rem] items-center gap-2 px-3";

const TONES: Record<string, string> = { active: "yes", inactive: "warn", initialized: "accent" };

interface Props {
  market: Market;
  title: string;
  unit: PriceUnit;
  now: number;
  /** Local milliseconds, once a second: it puts out the lights of the second before. */
  beat: number;
  indent: boolean;
}

/** A change is lit until the second beat after it. */
const LIT_MS = 1_000;

/** One market with its live numbers; what changed is lit and has an arrow. */
export const MarketRow = memo(function MarketRow({ market, title, unit, now, beat, indent }: Props): ReactNode {
  const live = useFeed((state) => state.tickers.get(market.ticker));
  const [bid, ask, last] = live
    ? [live.bid, live.ask, live.last]
    : [price(market.yes_bid_dollars), price(market.yes_ask_dollars), price(market.last_price_dollars)];
  const lit = live !== undefined && beat - live.seenAt < LIT_MS;
  const volume = live?.volume ?? count(market.volume_fp);
  return (
    <a
      role="row"
      href={`#/market/${encodeURIComponent(market.ticker)}`}
      className={`${COLUMNS} h-full border-b border-line/60 hover:bg-raised`}
      data-ticker={market.ticker}
    >
      <span role="cell" className={`min-w-0 ${indent ? "pl-6" : ""}`}>
        <span className="block truncate font-medium">{title}</span>
        <span className="block truncate text-[11px] text-mute">{market.ticker}</span>
      </span>
      <span role="cell">
        <span className="pill" data-tone={TONES[market.status]}>
          {market.status}
        </span>
      </span>
      <Number value={bid > 0 ? formatPrice(bid, unit) : "–"} moved={live?.moved.bid ?? 0} lit={lit} tone="text-yes" />
      <Number value={ask < DOLLAR ? formatPrice(ask, unit) : "–"} moved={live?.moved.ask ?? 0} lit={lit} tone="text-no" />
      <Number value={volume > 0 ? formatPrice(last as Price, unit) : "–"} moved={live?.moved.last ?? 0} lit={lit} />
      <span role="cell" className="text-right">
        {formatCount(volume)}
      </span>
      <span role="cell" className="text-right text-mute">
        {ends(market, now)}
      </span>
    </a>
  );
});

function Number(props: { value: string; moved: number; lit: boolean; tone?: string }): ReactNode {
  const glow = !props.lit || props.moved === 0 ? "" : props.moved > 0 ? "bg-yes-soft" : "bg-no-soft";
  return (
    <span role="cell" className={`rounded px-1 text-right font-medium ${props.tone ?? ""} ${glow}`}>
      <Arrow moved={props.moved} />
      {props.value}
    </span>
  );
}

function ends(market: Market, now: number): string {
  if (market.status === "initialized") return `opens in ${duration(parseTime(market.open_time) - now)}`;
  if (market.status === "active" || market.status === "inactive") return `in ${duration(parseTime(market.close_time) - now)}`;
  return market.result ? `result ${market.result}` : "closed";
}
