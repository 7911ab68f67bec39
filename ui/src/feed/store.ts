/** What the feed knows, for whoever shows it. Written by the feed alone, once a frame. */

import { createStore, type StoreApi } from "zustand/vanilla";
import type { Book, Outcome } from "../model/book";
import { count, price, type Count, type Price } from "../model/units";
import type { Delta, TickerMessage, TradeMessage } from "../model/wire";
import type { BookState, Counters, Flash } from "./bookFeed";
import type { LinkStatus } from "./link";

export const TRADES_KEPT = 100;

export interface BookView {
  readonly ticker: string;
  readonly state: BookState;
  readonly book: Book;
  readonly flashes: ReadonlyMap<string, Flash>;
  readonly counters: Readonly<Counters>;
  readonly clock: number;
  readonly changedAtMs: number;
  readonly lastDelta: Delta["msg"] | null;
}

export interface TickerView {
  readonly bid: Price;
  readonly ask: Price;
  readonly last: Price;
  readonly volume: Count;
  readonly openInterest: Count;
  readonly tsMs: number;
  /** Which way bid, ask and last went with the newest message. */
  readonly moved: { readonly bid: number; readonly ask: number; readonly last: number };
  /** When it was folded, in local milliseconds. */
  readonly seenAt: number;
}

export interface TradeView {
  readonly id: string;
  readonly price: Price;
  readonly count: Count;
  readonly taker: Outcome;
  readonly tsMs: number;
}

export interface FeedState {
  link: LinkStatus;
  book: BookView | null;
  /** Changed in place; `tickersVersion` says when. */
  tickers: Map<string, TickerView>;
  tickersVersion: number;
  /** Newest first, of the watched market, since it is watched. */
  trades: readonly TradeView[];
  messages: number;
  frames: number;
}

export type FeedStore = StoreApi<FeedState>;

export const createFeedStore = (): FeedStore =>
  createStore<FeedState>(() => ({
    link: { kind: "connecting", ageMs: null, roundTripMs: null, attempts: 0 },
    book: null,
    tickers: new Map(),
    tickersVersion: 0,
    trades: [],
    messages: 0,
    frames: 0,
  }));

export function toTicker(msg: TickerMessage["msg"], before: TickerView | undefined, now: number): TickerView {
  const [bid, ask, last] = [price(msg.yes_bid_dollars), price(msg.yes_ask_dollars), price(msg.price_dollars)];
  return {
    bid,
    ask,
    last,
    volume: count(msg.volume_fp),
    openInterest: count(msg.open_interest_fp),
    tsMs: msg.ts_ms,
    moved: {
      bid: before ? Math.sign(bid - before.bid) : 0,
      ask: before ? Math.sign(ask - before.ask) : 0,
      last: before ? Math.sign(last - before.last) : 0,
    },
    seenAt: now,
  };
}

export const toTrade = (msg: TradeMessage["msg"]): TradeView => ({
  id: msg.trade_id,
  price: price(msg.yes_price_dollars),
  count: count(msg.count_fp),
  taker: msg.taker_outcome_side,
  tsMs: msg.ts_ms,
});
