/**
 * The book of one market from its messages: a snapshot, then deltas whose seq has no holes (SEMANTICS G3, G4).
 * Pure: it is told messages and says what is to be done; it knows no socket and no time but what it is given.
 */

import type { Outcome } from "../model/book";
import { count, price, type Count, type Price } from "../model/units";
import type { Delta, LevelText, Message, Snapshot } from "../model/wire";

/** waiting: no snapshot yet; live: true as of the last message; resyncing: a gap was found, a snapshot was asked for. */
export type BookState = "waiting" | "live" | "resyncing";

export interface Flash {
  readonly id: number;
  readonly sign: 1 | -1;
}

export interface Counters {
  messages: number;
  snapshots: number;
  deltas: number;
  gaps: number;
}

/** What the reader must do next: nothing, or ask for a snapshot because one or more messages are missing. */
export type Verdict = "fine" | "gap";

export class BookFeed {
  readonly yes = new Map<Price, Count>();
  readonly no = new Map<Price, Count>();
  readonly counters: Counters = { messages: 0, snapshots: 0, deltas: 0, gaps: 0 };
  /** Levels that deltas changed since `takeFlashes`; snapshots flash nothing. */
  private flashes = new Map<string, Flash>();
  state: BookState = "waiting";
  clock = 0;
  /** Of the venue, when it last said so. */
  changedAtMs = 0;
  lastDelta: Delta["msg"] | null = null;
  private seq = 0;
  private flashId = 0;

  constructor(
    readonly ticker: string,
    readonly sid: number,
  ) {}

  /** Every message of this sid, in order. */
  receive(message: Message): Verdict {
    const seq = "seq" in message ? message.seq : undefined;
    if (seq === undefined) return "fine";
    this.counters.messages += 1;
    const expected = this.seq + 1;
    if (seq < expected) return "fine"; // seen already
    const missing = seq > expected;
    this.seq = seq;
    if (message.type === "orderbook_snapshot") {
      this.takeSnapshot(message);
      return "fine";
    }
    if (missing) {
      this.counters.gaps += 1;
      const asked = this.state === "resyncing";
      this.state = "resyncing";
      return asked ? "fine" : "gap";
    }
    if (message.type === "orderbook_delta" && this.state === "live") this.takeDelta(message);
    return "fine";
  }

  /** The connection is gone: what is here stays to be looked at and is no longer true. */
  lose(): void {
    if (this.state === "live") this.state = "resyncing";
  }

  takeFlashes(): ReadonlyMap<string, Flash> {
    const taken = this.flashes;
    this.flashes = new Map();
    return taken;
  }

  private takeSnapshot({ msg }: Snapshot): void {
    if (msg.market_ticker !== this.ticker) return;
    this.counters.snapshots += 1;
    fill(this.yes, msg.yes_dollars_fp);
    fill(this.no, msg.no_dollars_fp);
    this.clock = msg.clock;
    this.flashes.clear();
    this.state = "live";
  }

  private takeDelta({ msg }: Delta): void {
    if (msg.market_ticker !== this.ticker) return;
    this.counters.deltas += 1;
    const levels = msg.side === "yes" ? this.yes : this.no;
    const at = price(msg.price_dollars);
    const change = count(msg.delta_fp);
    const size = ((levels.get(at) ?? 0) + change) as Count;
    if (size > 0) levels.set(at, size);
    else levels.delete(at);
    this.clock = msg.clock;
    this.changedAtMs = msg.ts_ms ?? this.changedAtMs;
    this.lastDelta = msg;
    this.flashId += 1;
    this.flashes.set(levelKey(msg.side, at), { id: this.flashId, sign: change > 0 ? 1 : -1 });
  }
}

export const levelKey = (outcome: Outcome, at: Price): string => `${outcome}:${at}`;

function fill(levels: Map<Price, Count>, rows: readonly LevelText[] | undefined): void {
  levels.clear();
  for (const [at, size] of rows ?? []) levels.set(price(at), count(size));
}
