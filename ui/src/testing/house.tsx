/** A house for component tests: a feed that is told what to show, and a venue whose answers stand in a table. */

import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, render, type RenderResult } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";
import { venueClient } from "../api/client";
import type { Session } from "../api/session";
import type { Market } from "../api/markets";
import type { Feed } from "../feed/feed";
import { Latency } from "../feed/latency";
import type { LinkStatus } from "../feed/link";
import { createFeedStore, type BookView, type FeedStore } from "../feed/store";
import type { Flash } from "../feed/bookFeed";
import type { Count, Price } from "../model/units";
import { queries, useStart } from "../state/house";

export const TICKER = "KXTEST-26-A";
const VENUE = "http://venue.test";

// A busy machine is slow, not wrong.
configure({ asyncUtilTimeout: 30_000 });
vi.setConfig({ testTimeout: 60_000 });

/** "GET /portfolio/orders" -> what the venue answers with: a body, or a status and a body; null: it does not answer. */
export type Answers = Record<string, object | readonly [status: number, body: object] | null>;

export interface Asked {
  readonly what: string;
  readonly body: unknown;
}

export interface FakeHouse {
  readonly store: FeedStore;
  /** What the page asked the venue, in order. */
  readonly asked: Asked[];
  /** May be changed while it is shown. */
  readonly answers: Answers;
}

/** What the page asked for beside reading. */
export const wishes = (house: FakeHouse): Asked[] => house.asked.filter((one) => !one.what.startsWith("GET "));

const ORDINARY: Answers = {
  "GET /exchange/status": { exchange_active: true, trading_active: true },
  "GET /portfolio/balance": { balance: 100_000, balance_dollars: "1000.0000", portfolio_value: 0, updated_ts: 1 },
  "GET /portfolio/summary/total_resting_order_value": { total_resting_order_value: 0 },
  "GET /portfolio/positions": { market_positions: [], event_positions: [], cursor: "" },
  "GET /portfolio/orders": { orders: [], cursor: "" },
  "GET /portfolio/orders/queue_positions": { queue_positions: [] },
  "GET /sandbox/clock": { now_us: 1_790_000_000_000_000, mode: "real", speed: 1, ahead_ms: 0 },
};

/** Opens it, connected and with nothing in the book; `own` answers come before the ordinary ones. */
export function openHouse(own: Answers = {}): FakeHouse {
  const asked: Asked[] = [];
  const answers: Answers = { ...ORDINARY, ...own };
  vi.stubGlobal("fetch", async (input: Request | string, sent?: RequestInit) => {
    const request = new Request(input, sent);
    const path = new URL(request.url).pathname.replace("/trade-api/v2", "");
    const what = `${request.method} ${path}`;
    const answer = answers[what]; // as it was when it was asked for
    const text = await request.text();
    asked.push({ what, body: text ? JSON.parse(text) : null });
    if (answer === null) throw new TypeError("Failed to fetch");
    if (!answer) return Response.json({ error: { code: "not_found", message: what } }, { status: 404 });
    return Array.isArray(answer) ? Response.json(answer[1], { status: answer[0] as number }) : Response.json(answer);
  });
  const store = createFeedStore();
  store.setState({ link: link("connected") });
  const feed = { store, latency: new Latency(), watch: () => undefined } as unknown as Feed;
  const session = { venue: VENUE, account: "alice", fetch: (request: Request) => fetch(request) } as unknown as Session;
  const config = { venue_url: VENUE, market_data_url: "", rebuilder_url: "" };
  const accounts = [{ name: "alice", member: 1 }];
  useStart.setState({ state: "ready", house: { config, accounts, account: "alice", venue: venueClient(session), feed } });
  return { store, asked, answers };
}

/** Nothing of one test may be seen by the next. */
export function closeHouse(): void {
  cleanup();
  queries.clear();
  vi.unstubAllGlobals();
  useStart.setState({ state: "starting", waitingFor: "a test" });
}

export const show = (shown: ReactNode): RenderResult => render(<QueryClientProvider client={queries}>{shown}</QueryClientProvider>);

export const link = (kind: LinkStatus["kind"], ageMs: number | null = 10): LinkStatus => ({ kind, ageMs, roundTripMs: 2, attempts: 0 });

type LevelRow = readonly [price: number, count: number];
const levels = (rows: readonly LevelRow[]): Map<Price, Count> => new Map(rows as unknown as readonly (readonly [Price, Count])[]);

/** A live book; both sides in their own leg's prices. */
export const bookView = (yes: readonly LevelRow[], no: readonly LevelRow[], changed: Partial<BookView> = {}): BookView => ({
  ticker: TICKER,
  state: "live",
  book: { yes: levels(yes), no: levels(no) },
  flashes: new Map<string, Flash>(),
  counters: { messages: 1, snapshots: 1, deltas: 0, gaps: 0 },
  clock: 1,
  changedAtMs: 0,
  lastDelta: null,
  ...changed,
});

export const market = (changed: Partial<Market> = {}): Market =>
  ({
    ticker: TICKER,
    event_ticker: "KXTEST-26",
    title: "Test market",
    yes_sub_title: "Yes",
    status: "active",
    open_time: "2026-01-01T00:00:00Z",
    close_time: "2027-01-01T00:00:00Z",
    volume_fp: "0.00",
    open_interest_fp: "0.00",
    last_price_dollars: "0.0000",
    yes_bid_dollars: "0.0000",
    yes_ask_dollars: "1.0000",
    price_ranges: [{ start: "0.0000", end: "1.0000", step: "0.0100" }],
    ...changed,
  }) as Market;
