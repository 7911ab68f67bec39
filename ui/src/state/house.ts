/**
 * The venue this window talks to, as which account, and the feed of it. Started once; another account makes new
 * ones of everything. Each window has its own account.
 */

import { QueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { create, useStore } from "zustand";
import { venueClient, type VenueClient } from "../api/client";
import { json, type AccountEntry, type Config } from "../api/sandbox";
import { Session, socketUrl } from "../api/session";
import { Feed } from "../feed/feed";
import type { FeedState } from "../feed/store";
import type { FillMessage } from "../model/wire";
import { throttled } from "./throttle";

export interface House {
  config: Config;
  accounts: AccountEntry[];
  account: string;
  venue: VenueClient;
  feed: Feed;
}

type Loadable = { state: "starting"; waitingFor: string } | { state: "ready"; house: House };

export const useStart = create<Loadable>(() => ({ state: "starting", waitingFor: "the configuration" }));

export const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: 2, retryDelay: 700, refetchOnWindowFocus: false, staleTime: 2_000, networkMode: "always" },
    mutations: { networkMode: "always" },
  },
});

/** The newest fill of this window's account: what the live region and the toasts say. */
export const useLastFill = create<{ fill: FillMessage["msg"] | null }>(() => ({ fill: null }));

const KEPT = "mock-kalshi-account";
const RETRY_MS = 500;
const HOUSE_ACCOUNT = "house";

/** Wait for the venue, however long it takes, then open this window's connection. */
export async function start(): Promise<void> {
  const config = await patiently("the configuration", () => json<Config>("config.json"));
  const { accounts } = await patiently(`the venue at ${config.venue_url}`, () =>
    json<{ accounts: AccountEntry[] }>(`${config.venue_url}/sandbox/accounts`),
  );
  const kept = sessionStorage.getItem(KEPT) ?? localStorage.getItem(KEPT);
  const names = accounts.map((entry) => entry.name);
  const account = names.find((name) => name === kept) ?? names.find((name) => name !== HOUSE_ACCOUNT) ?? names[0] ?? "";
  enter(config, accounts, account);
}

/** Trade as another account from now on. */
export function switchAccount(account: string): void {
  const now = useStart.getState();
  if (now.state !== "ready" || now.house.account === account) return;
  const watched = now.house.feed.store.getState().book?.ticker ?? null;
  now.house.feed.close();
  enter(now.house.config, now.house.accounts, account);
  house().feed.watch(watched);
}

export function house(): House {
  const now = useStart.getState();
  if (now.state !== "ready") throw new Error("the house is not ready");
  return now.house;
}

export const useHouse = (): House =>
  useStart((now) => {
    if (now.state !== "ready") throw new Error("shown before the house was ready");
    return now.house;
  });

export const useFeed = <T>(select: (state: FeedState) => T): T => useStore(useHouse().feed.store, select);

/** Like useFeed, looked at only every so often: for what is too dear to show sixty times a second. */
export function useFeedEvery<T>(ms: number, select: (state: FeedState) => T): T {
  const { store } = useHouse().feed;
  const latest = useRef(select);
  latest.current = select;
  const [value, setValue] = useState(() => select(store.getState()));
  useEffect(() => {
    const look = throttled(ms, () => setValue(() => latest.current(store.getState())));
    look();
    return store.subscribe(look);
  }, [store, ms]);
  return value;
}

function enter(config: Config, accounts: AccountEntry[], account: string): void {
  sessionStorage.setItem(KEPT, account);
  localStorage.setItem(KEPT, account);
  const session = new Session(config.venue_url, account);
  const refresh = throttled(150, () => invalidate(["orders", "positions", "fills", "settlements", "groups", "queue"]));
  const recount = throttled(1_050, () => invalidate(["balance"]));
  const feed = new Feed(() => socketUrl(session), {
    onPrivate: () => {
      refresh();
      recount();
    },
    onFill: (fill) => useLastFill.setState({ fill }),
    onLifecycle: (ticker) => {
      invalidate(["markets", "settlements"]);
      if (ticker) void queries.invalidateQueries({ queryKey: ["market", ticker] });
      recount();
    },
    onOpen: () => void queries.invalidateQueries(),
  });
  useStart.setState({ state: "ready", house: { config, accounts, account, venue: venueClient(session), feed } });
}

function invalidate(names: string[]): void {
  for (const name of names) void queries.invalidateQueries({ queryKey: [name] });
}

async function patiently<T>(waitingFor: string, ask: () => Promise<T>): Promise<T> {
  useStart.setState({ state: "starting", waitingFor });
  for (;;) {
    try {
      return await ask();
    } catch {
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }
}
