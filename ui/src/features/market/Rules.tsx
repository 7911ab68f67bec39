import type { ReactNode } from "react";
import type { Market } from "../../api/markets";
import { Fact } from "../../components/Panel";
import { dayAndTime, parseTime } from "../../model/moments";
import { formatPrice } from "../../model/units";
import { gridOf } from "../../model/grid";
import type { Family } from "../../state/queries";

/** What has to happen for YES, who decides, and the terms of trading. */
export function Rules({ market, family }: { market: Market; family: Family | undefined }): ReactNode {
  const grid = gridOf(market.price_ranges);
  return (
    <div className="flex flex-col gap-3 p-3">
      <p className="max-w-prose">{market.rules_primary || "This market has no rules text."}</p>
      {market.rules_secondary ? <p className="max-w-prose text-mute">{market.rules_secondary}</p> : null}
      <div className="grid grid-cols-2 gap-3 md:grid-cols-3">
        <Fact name="Ticker">{market.ticker}</Fact>
        <Fact name="Event">{market.event_ticker}</Fact>
        <Fact name="Series">{family?.series.title ?? "…"}</Fact>
        <Fact name="Opened">{dayAndTime(parseTime(market.open_time))}</Fact>
        <Fact name="Closes">{dayAndTime(parseTime(market.close_time))}</Fact>
        <Fact name="Settles after">{market.settlement_timer_seconds} s</Fact>
        <Fact name="Price steps">
          {grid.map((band) => `${formatPrice(band.step)} from ${formatPrice(band.start)}`).join("; ")}
        </Fact>
        <Fact name="Fee">
          {family ? `${family.series.fee_type.replaceAll("_", " ")} × ${family.series.fee_multiplier}` : "…"}
        </Fact>
        <Fact name="Decides">{family?.event.settlement_sources.map((source) => source.name).join(", ") || "–"}</Fact>
      </div>
    </div>
  );
}
