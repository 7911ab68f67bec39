import type { ReactNode } from "react";
import type { Market } from "../../../api/markets";
import { Panel } from "../../../components/Panel";
import { Segmented } from "../../../components/Segmented";
import { useSettings, type ChartKind, type ChartRange } from "../../../state/settings";
import { DepthChart } from "./DepthChart";
import { PriceChart } from "./PriceChart";

const KINDS: { value: ChartKind; label: string }[] = [
  { value: "line", label: "Line" },
  { value: "candles", label: "Candles" },
  { value: "depth", label: "Depth" },
];
const RANGES: ChartRange[] = ["6H", "1D", "1W", "1M", "ALL"];

/** Price over time, or the book as a picture. A chunk of its own: the charting library is the heaviest part. */
export default function Chart({ market, seriesTicker }: { market: Market; seriesTicker: string | undefined }): ReactNode {
  const { chart, range, change } = useSettings();
  return (
    <Panel
      fixed
      className="h-full"
      title="Chart"
      actions={
        <>
          {chart === "depth" ? null : (
            <Segmented
              label="Range"
              value={range}
              options={RANGES.map((value) => ({ value, label: value }))}
              onChange={(value) => change({ range: value })}
            />
          )}
          <Segmented label="Kind of chart" value={chart} options={KINDS} onChange={(value) => change({ chart: value })} />
        </>
      }
    >
      {chart === "depth" ? <DepthChart /> : <PriceChart market={market} seriesTicker={seriesTicker} kind={chart} range={range} />}
    </Panel>
  );
}
