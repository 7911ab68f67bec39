/** How long things take from this page's side. Pure: it is told times, in Unix milliseconds. */

export interface Percentiles {
  readonly samples: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

const KEPT = 2_000;

export class Samples {
  private readonly values: number[] = [];
  private place = 0;

  /** What two clocks make negative counts as nothing. */
  add(value: number): void {
    this.values[this.place] = Math.max(0, value);
    this.place = (this.place + 1) % KEPT;
  }

  /** Of the newest 2,000; null before there is one. */
  percentiles(): Percentiles | null {
    if (this.values.length === 0) return null;
    const sorted = [...this.values].sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return { samples: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99) };
  }
}

export class Latency {
  /** From an order's leaving this page to what the venue's clock said when the engine took it. */
  readonly engine = new Samples();
  /** From the match, by the venue's clock, to the message's arrival here over the venue's own feed. */
  readonly feed = new Samples();
  /** From the arrival to the frame that shows it. */
  readonly render = new Samples();
  /** From an order's leaving to its answer. */
  readonly orders = new Samples();
  private waiting: number[] = [];

  arrived(matchedAtMs: number, now: number): void {
    this.feed.add(now - matchedAtMs);
    this.waiting.push(now);
  }

  shown(now: number): void {
    for (const at of this.waiting) this.render.add(now - at);
    this.waiting = [];
  }
}
