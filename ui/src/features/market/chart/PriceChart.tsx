import { useQuery } from "@tanstack/react-query";
import {
  AreaSeries,
  CandlestickSeries,
  ColorType,
  createChart,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type UTCTimestamp,
} from "lightweight-charts";
import { useEffect, useMemo, useRef, type ReactNode } from "react";
import { listCandles, type Market } from "../../../api/markets";
import { parseTime } from "../../../model/moments";
import { useVenueNow } from "../../../state/clock";
import { useFeedEvery, useHouse } from "../../../state/house";
import { useSettings, type ChartKind, type ChartRange } from "../../../state/settings";
import { useColours, type Colours } from "../../../state/theme";
import { barsOf, SPANS, withTrades, type Bar } from "./bars";

const CHART_MS = 500;
const NO_BARS: Bar[] = [];

interface Props {
  market: Market;
  seriesTicker: string | undefined;
  kind: ChartKind;
  range: ChartRange;
}

/** What the market traded at, from the venue's candlesticks and the trades since. The axis is the outcome shown. */
export function PriceChart({ market, seriesTicker, kind, range }: Props): ReactNode {
  const { venue } = useHouse();
  const { outcome, unit } = useSettings();
  const span = SPANS[range];
  const now = useVenueNow(10_000);
  const { data } = useQuery({
    queryKey: ["candles", market.ticker, range],
    enabled: seriesTicker !== undefined,
    refetchInterval: 15_000,
    queryFn: () => {
      const end = Math.floor(now / 1_000) + 60;
      const start = Math.max(end - span.seconds, Math.floor(parseTime(market.open_time) / 1_000) - 60);
      const query = { start_ts: start, end_ts: end, period_interval: span.interval };
      return listCandles(venue, seriesTicker ?? "", market.ticker, query);
    },
  });
  const trades = useFeedEvery(CHART_MS, (state) => state.trades);
  const past = useMemo(() => (data ? barsOf(data, outcome, kind === "line") : NO_BARS), [data, outcome, kind]);
  const bars = useMemo(() => withTrades(past, trades, span.interval, outcome), [past, trades, span.interval, outcome]);
  const colours = useColours();
  return (
    <div className="relative min-h-0 flex-1">
      <Canvas key={`${kind}${colours.panel}`} kind={kind} bars={bars} colours={colours} suffix={unit === "cents" ? "¢" : "%"} />
      {bars.length === 0 ? (
        <p className="absolute inset-0 grid place-items-center text-mute">Nothing has traded in this range yet</p>
      ) : null}
    </div>
  );
}

interface Drawn {
  chart: IChartApi;
  price: ISeriesApi<"Area"> | ISeriesApi<"Candlestick">;
  volume: ISeriesApi<"Histogram">;
  fitted: number;
}

function Canvas({ kind, bars, colours, suffix }: { kind: ChartKind; bars: Bar[]; colours: Colours; suffix: string }): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn | null>(null);
  useEffect(() => {
    if (!place.current) return;
    const made = draw(place.current, kind, colours, suffix);
    drawn.current = made;
    return () => {
      drawn.current = null;
      made.chart.remove();
    };
  }, [kind, colours, suffix]);
  useEffect(() => {
    if (drawn.current) fill(drawn.current, kind, bars, colours);
  }, [kind, bars, colours, suffix]);
  return <div ref={place} className="absolute inset-0" role="group" aria-label="Price over time" />;
}

function draw(place: HTMLElement, kind: ChartKind, colours: Colours, suffix: string): Drawn {
  const chart = createChart(place, {
    autoSize: true,
    layout: {
      background: { type: ColorType.Solid, color: colours.panel },
      textColor: colours.mute,
      fontSize: 11,
      attributionLogo: true,
    },
    grid: { vertLines: { visible: false }, horzLines: { color: colours.line } },
    rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.08, bottom: 0.24 } },
    timeScale: { borderVisible: false, timeVisible: true, secondsVisible: false, rightOffset: 2, maxBarSpacing: 14 },
    // The axis goes on below the prices, where the volume stands: there are no prices there to be named.
    localization: { priceFormatter: (value: number) => (value < 0 || value > 100 ? "" : `${Number(value.toFixed(2))}${suffix}`) },
  });
  const price =
    kind === "candles"
      ? chart.addSeries(CandlestickSeries, {
          upColor: colours.yes,
          wickUpColor: colours.yes,
          downColor: colours.no,
          wickDownColor: colours.no,
          borderVisible: false,
        })
      : chart.addSeries(AreaSeries, {
          lineColor: colours.accent,
          lineWidth: 2,
          topColor: `${colours.accent}44`,
          bottomColor: `${colours.accent}05`,
        });
  const volume = chart.addSeries(HistogramSeries, {
    color: `${colours.mute}66`,
    priceFormat: { type: "volume" },
    priceScaleId: "",
    lastValueVisible: false,
    priceLineVisible: false,
  });
  volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
  return { chart, price, volume, fitted: 0 };
}

/** The library shows times as UTC; people read their own. */
const local = (time: number): UTCTimestamp => (time - new Date(time * 1_000).getTimezoneOffset() * 60) as UTCTimestamp;

function fill(drawn: Drawn, kind: ChartKind, bars: Bar[], colours: Colours): void {
  const at = (bar: Bar): UTCTimestamp => local(bar.time);
  if (kind === "candles") {
    const series = drawn.price as ISeriesApi<"Candlestick">;
    series.setData(bars.map((bar) => ({ time: at(bar), open: bar.open, high: bar.high, low: bar.low, close: bar.close })));
  } else {
    (drawn.price as ISeriesApi<"Area">).setData(bars.map((bar) => ({ time: at(bar), value: bar.close })));
  }
  drawn.volume.setData(
    bars.map((bar) => ({ time: at(bar), value: bar.volume, color: `${bar.close >= bar.open ? colours.yes : colours.no}55` })),
  );
  const first = bars[0]?.time ?? 0;
  if (first !== drawn.fitted) drawn.chart.timeScale().fitContent();
  drawn.fitted = first;
}
