/** Which prices a market takes (SEMANTICS A2): the steps of its bands, strictly between nothing and a dollar. */

import { DOLLAR, price, type Price } from "./units";

export interface Band {
  readonly start: Price;
  readonly end: Price;
  readonly step: Price;
}
export type Grid = readonly Band[];

export const CENTS: Grid = [{ start: 0 as Price, end: DOLLAR, step: 100 as Price }];

export const gridOf = (ranges: readonly { start: string; end: string; step: string }[]): Grid =>
  ranges.map((range) => ({ start: price(range.start), end: price(range.end), step: price(range.step) }));

export function isLegal(grid: Grid, value: Price): boolean {
  return (
    value > 0 &&
    value < DOLLAR &&
    grid.some((band) => value >= band.start && value <= band.end && (value - band.start) % band.step === 0)
  );
}

/** The next legal price above (`direction` 1) or below (-1); the same price when there is none. */
export function nextPrice(grid: Grid, value: Price, direction: 1 | -1): Price {
  let best: number | null = null;
  for (const { start, end, step } of grid) {
    const inside = Math.min(Math.max(value, start), end) - start;
    const first = direction > 0 ? Math.floor(inside / step) : Math.ceil(inside / step);
    for (const index of [first, first + direction]) {
      const candidate = start + index * step;
      if (candidate < start || candidate > end || candidate <= 0 || candidate >= DOLLAR) continue;
      if (direction > 0 ? candidate <= value : candidate >= value) continue;
      if (best === null || (direction > 0 ? candidate < best : candidate > best)) best = candidate;
    }
  }
  return best === null ? value : (best as Price);
}

export const finestStep = (grid: Grid): Price =>
  grid.reduce((least, band) => (band.step < least ? band.step : least), DOLLAR);

/** How coarse a book can be shown: the finest step and what is a multiple of it, up to ten cents. */
export function groupings(grid: Grid): Price[] {
  const finest = finestStep(grid);
  return [finest, ...[10, 50, 100, 200, 500, 1_000].filter((step) => step > finest && step % finest === 0)] as Price[];
}
