/**
 * The WebSocket's messages as this page reads them (SEMANTICS G5), checked by hand against wire/ws/messages.py.
 * Knows spelling only. Fields the page does not use are left out.
 */

import type { Outcome } from "./book";

export type LevelText = readonly [price: string, count: string];

export interface Snapshot {
  type: "orderbook_snapshot";
  id?: number;
  sid: number;
  seq: number;
  msg: { market_ticker: string; clock: number; yes_dollars_fp?: LevelText[]; no_dollars_fp?: LevelText[] };
}
export interface Delta {
  type: "orderbook_delta";
  sid: number;
  seq: number;
  msg: {
    market_ticker: string;
    clock: number;
    price_dollars: string;
    delta_fp: string;
    side: Outcome;
    client_order_id?: string;
    ts_ms?: number;
  };
}
export interface TickerMessage {
  type: "ticker";
  sid: number;
  msg: {
    market_ticker: string;
    price_dollars: string;
    yes_bid_dollars: string;
    yes_ask_dollars: string;
    volume_fp: string;
    open_interest_fp: string;
    ts_ms: number;
  };
}
export interface TradeMessage {
  type: "trade";
  sid: number;
  seq: number;
  msg: {
    trade_id: string;
    market_ticker: string;
    yes_price_dollars: string;
    count_fp: string;
    taker_outcome_side: Outcome;
    ts_ms: number;
  };
}
export interface LifecycleMessage {
  type: "market_lifecycle_v2" | "event_lifecycle" | "event_fee_update";
  sid: number;
  seq: number;
  msg: { market_ticker?: string; event_type?: string };
}
export interface FillMessage {
  type: "fill";
  sid: number;
  msg: {
    trade_id: string;
    order_id: string;
    market_ticker: string;
    is_taker: boolean;
    yes_price_dollars: string;
    count_fp: string;
    book_side: "bid" | "ask";
    post_position_fp: string;
    ts_ms: number;
  };
}
export interface PrivateMessage {
  type: "user_order" | "market_position" | "order_group_updates";
  sid: number;
  msg: object;
}
export interface Subscribed {
  type: "subscribed";
  id?: number;
  msg: { channel: string; sid: number };
}
export interface Ok {
  type: "ok" | "unsubscribed";
  id?: number;
  sid?: number;
  seq?: number;
}
export interface Refusal {
  type: "error";
  id?: number;
  sid?: number;
  msg: { code: number; msg: string };
}
export type Message =
  | Snapshot
  | Delta
  | TickerMessage
  | TradeMessage
  | LifecycleMessage
  | FillMessage
  | PrivateMessage
  | Subscribed
  | Ok
  | Refusal;

/** A frame is one JSON object and a line end. Null for what is no object with a type. */
export function decode(frame: string): Message | null {
  try {
    const message: unknown = JSON.parse(frame);
    return typeof message === "object" && message !== null && "type" in message ? (message as Message) : null;
  } catch {
    return null;
  }
}
