import { useEffect, useRef, type ReactNode } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { ladder, type Ladder } from "../../../model/book";
import type { Price } from "../../../model/units";
import { house, useFeed } from "../../../state/house";
import { useSettings } from "../../../state/settings";
import { useColours, type Colours } from "../../../state/theme";

const EVERY_MS = 250;
const ROWS = 200;

/** How much stands at or better than each price, on both sides of the middle. */
export function DepthChart(): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const colours = useColours();
  const { outcome } = useSettings();
  const isThere = useFeed((state) => state.book !== null);
  useEffect(() => {
    const box = place.current;
    if (!box) return;
    const plot = new uPlot(options(box, colours), [[], [], []], box);
    const show = (): void => {
      const view = house().feed.store.getState().book;
      if (view) plot.setData(curves(ladder(view.book, outcome, 1 as Price, ROWS)));
    };
    show();
    const timer = setInterval(show, EVERY_MS);
    const resized = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: box.clientHeight }));
    resized.observe(box);
    return () => {
      clearInterval(timer);
      resized.disconnect();
      plot.destroy();
    };
  }, [colours, outcome]);
  return <div ref={place} className="min-h-0 flex-1" role="img" aria-label={isThere ? "Depth of the book" : "No book yet"} />;
}

function options(box: HTMLElement, colours: Colours): uPlot.Options {
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const side = (label: string, colour: string): uPlot.Series => ({
    label,
    stroke: colour,
    fill: `${colour}33`,
    width: 2,
    points: { show: false },
    ...(stepped ? { paths: stepped } : {}),
  });
  const axis = { stroke: colours.mute, grid: { stroke: colours.line, width: 1 }, ticks: { show: false }, font: "11px sans-serif" };
  return {
    width: box.clientWidth,
    height: box.clientHeight,
    legend: { show: false },
    scales: { x: { time: false } },
    series: [{ label: "price" }, side("bids", colours.yes), side("asks", colours.no)],
    axes: [
      { ...axis, values: (_, values) => values.map((value) => `${Number(value.toFixed(2))}¢`) },
      { ...axis, side: 1, size: 56 },
    ],
  };
}

/** Prices ascending in cents; each side's total where it has one. */
function curves({ bids, asks }: Ladder): uPlot.AlignedData {
  const below = [...bids].reverse();
  const x = [...below, ...asks].map((row) => row.price / 100);
  const held = [...below.map((row) => row.total / 100), ...asks.map(() => null)];
  const offered = [...below.map(() => null), ...asks.map((row) => row.total / 100)];
  return [x, held, offered];
}
