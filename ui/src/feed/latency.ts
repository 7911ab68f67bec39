/** How long a change takes from the match to the screen. Pure: it is told times, in Unix milliseconds. */

export interface Percentiles {
  readonly samples: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

const KEPT = 2_000;

export class Samples {
  private readonly values: number[] = [];
  private place = 0;

  add(value: number): void {
    this.values[this.place] = value;
    this.place = (this.place + 1) % KEPT;
  }

  percentiles(): Percentiles | null {
    if (this.values.length === 0) return null;
    const sorted = [...this.values].sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return { samples: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
  }
}

export class Latency {
  /** From the match, by the venue's clock, to the message's arrival here: publishing and sending together. */
  readonly send = new Samples();
  /** From the arrival to the frame that shows it. */
  readonly render = new Samples();
  /** From an order's click to its answer. */
  readonly orders = new Samples();
  private waiting: number[] = [];

  arrived(matchedAtMs: number, now: number): void {
    this.send.add(now - matchedAtMs);
    this.waiting.push(now);
  }

  shown(now: number): void {
    for (const at of this.waiting) this.render.add(now - at);
    this.waiting = [];
  }
}
