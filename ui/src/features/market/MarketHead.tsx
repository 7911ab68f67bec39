import type { ReactNode } from "react";
import type { Market } from "../../api/markets";
import { Arrow } from "../../components/Numbers";
import { complement, count, DOLLAR, formatCount, formatPrice, price, type Price } from "../../model/units";
import { useFeedEvery } from "../../state/house";
import type { Family } from "../../state/queries";
import { useSettings } from "../../state/settings";
import { Lifecycle } from "./Lifecycle";

const HEAD_MS = 100;

/** What is this, what does it stand at, what can be done. The probability is the largest text on the screen. */
export function MarketHead({ market, family }: { market: Market; family: Family | undefined }): ReactNode {
  const ticker = useFeedEvery(HEAD_MS, (state) => state.tickers.get(market.ticker));
  const { unit, outcome } = useSettings();
  const last = ticker?.last ?? price(market.last_price_dollars);
  const traded = count(market.volume_fp) > 0 || (ticker?.volume ?? 0) > 0;
  const bid = ticker?.bid ?? price(market.yes_bid_dollars);
  const ask = ticker?.ask ?? price(market.yes_ask_dollars);
  const quoted = bid > 0 && ask < DOLLAR;
  const yes = traded ? last : quoted ? (((bid + ask) / 2) as Price) : null;
  const shown = yes === null ? null : outcome === "yes" ? yes : complement(yes);
  return (
    <header className="panel flex-row! items-center gap-4 px-3 py-2">
      <div className="min-w-0 flex-1">
        <h1 className="truncate text-[15px] font-semibold">
          {market.title || family?.event.title || market.ticker}
          <span className="ml-2 font-normal text-mute">{market.yes_sub_title}</span>
        </h1>
        <Lifecycle market={market} />
      </div>
      <div className="text-right text-[12px] text-mute">
        <div>volume {formatCount(ticker?.volume ?? count(market.volume_fp))}</div>
        <div>open interest {formatCount(ticker?.openInterest ?? count(market.open_interest_fp))}</div>
      </div>
      <div className="text-right" role="group" aria-label={`Price of ${outcome}`}>
        <div className="text-3xl leading-8 font-semibold" data-testid="last">
          <Arrow moved={(ticker?.moved.last ?? 0) * (outcome === "yes" ? 1 : -1)} />
          {shown === null ? "–" : formatPrice(shown, unit)}
        </div>
        <div className="text-[12px] text-mute">
          {traded ? "last" : "middle of"} {outcome.toUpperCase()}
        </div>
      </div>
    </header>
  );
}
