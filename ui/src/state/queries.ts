/** What REST says, kept and read again when the feed says that it changed. Keys begin with what they are. */

import { useMutation, useQuery, type UseMutationResult, type UseQueryResult } from "@tanstack/react-query";
import * as markets from "../api/markets";
import * as orders from "../api/orders";
import * as portfolio from "../api/portfolio";
import type { Schemas } from "../api/client";
import { VenueError } from "../api/errors";
import { json, type ClockState, type VenueState } from "../api/sandbox";
import { house, queries, useHouse } from "./house";

const SLOW_MS = 15_000;
const ABSENT_MS = 60_000;

export const useMarkets = (status: markets.StatusFilter): UseQueryResult<markets.Market[]> => {
  const { venue } = useHouse();
  return useQuery({ queryKey: ["markets", status], queryFn: () => markets.listMarkets(venue, status), refetchInterval: SLOW_MS });
};

export const useEvents = (): UseQueryResult<markets.EventData[]> => {
  const { venue } = useHouse();
  return useQuery({ queryKey: ["markets", "events"], queryFn: () => markets.listEvents(venue), staleTime: SLOW_MS });
};

export const useSeriesList = (): UseQueryResult<readonly markets.Series[]> => {
  const { venue } = useHouse();
  return useQuery({ queryKey: ["markets", "series"], queryFn: () => markets.listSeries(venue), staleTime: SLOW_MS });
};

/** Opening and closing on schedule are announced by nobody (SEMANTICS D1), so a watched market is read often. */
export const useMarket = (ticker: string): UseQueryResult<markets.Market> => {
  const { venue } = useHouse();
  return useQuery({ queryKey: ["market", ticker], queryFn: () => markets.getMarket(venue, ticker), refetchInterval: 1_500 });
};

export interface Family {
  event: markets.EventData;
  series: markets.Series;
}

export const useFamily = (eventTicker: string | undefined): UseQueryResult<Family> => {
  const { venue } = useHouse();
  return useQuery({
    queryKey: ["family", eventTicker],
    enabled: eventTicker !== undefined,
    staleTime: SLOW_MS,
    queryFn: async () => {
      const event = await markets.getEvent(venue, eventTicker ?? "");
      return { event, series: await markets.getSeries(venue, event.series_ticker) };
    },
  });
};

export const useTrades = (ticker: string): UseQueryResult<readonly Schemas["Trade"][]> => {
  const { venue } = useHouse();
  return useQuery({ queryKey: ["trades", ticker], queryFn: () => markets.listTrades(venue, ticker), staleTime: SLOW_MS });
};

export const useStatus = (): UseQueryResult<Schemas["ExchangeStatus"]> => {
  const { venue } = useHouse();
  return useQuery({ queryKey: ["status"], queryFn: () => markets.getStatus(venue), refetchInterval: 1_000, retry: 0 });
};

// --- the account ------------------------------------------------------------------------------------

export interface Funds {
  balance: portfolio.Balance;
  resting: Schemas["GetPortfolioRestingOrderTotalValueResponse"];
}

export const useFunds = (): UseQueryResult<Funds> => {
  const { venue, account } = useHouse();
  return useQuery({
    queryKey: ["balance", account],
    queryFn: async () => ({
      balance: await portfolio.getBalance(venue),
      resting: await portfolio.getRestingValue(venue),
    }),
    retryDelay: 1_100, // balance has a bucket of its own: one a second (SEMANTICS C1)
  });
};

export const useOrders = (): UseQueryResult<readonly portfolio.Order[]> => {
  const { venue, account } = useHouse();
  return useQuery({ queryKey: ["orders", account], queryFn: () => portfolio.listOrders(venue) });
};

export const usePositions = (): UseQueryResult<readonly portfolio.Position[]> => {
  const { venue, account } = useHouse();
  return useQuery({ queryKey: ["positions", account], queryFn: () => portfolio.listPositions(venue) });
};

export const useFills = (): UseQueryResult<readonly portfolio.Fill[]> => {
  const { venue, account } = useHouse();
  return useQuery({ queryKey: ["fills", account], queryFn: () => portfolio.listFills(venue) });
};

export const useSettlements = (): UseQueryResult<readonly portfolio.Settlement[]> => {
  const { venue, account } = useHouse();
  return useQuery({ queryKey: ["settlements", account], queryFn: () => portfolio.listSettlements(venue) });
};

export const useOrderGroups = (): UseQueryResult<readonly portfolio.OrderGroup[]> => {
  const { venue, account } = useHouse();
  return useQuery({ queryKey: ["groups", account], queryFn: () => portfolio.listOrderGroups(venue) });
};

/** Contracts ahead of each of the account's orders in a market; nothing tells when they change, so once a second. */
export const useQueuePositions = (ticker: string, wanted: boolean): UseQueryResult<ReadonlyMap<string, string>> => {
  const { venue, account } = useHouse();
  return useQuery({
    queryKey: ["queue", account, ticker],
    queryFn: () => portfolio.queuePositions(venue, ticker),
    enabled: wanted,
    refetchInterval: 1_000,
  });
};

// --- acting -----------------------------------------------------------------------------------------

export const useCreateOrder = (): UseMutationResult<orders.Placed, Error, orders.NewOrder> => {
  const { venue, feed } = useHouse();
  return useMutation({
    mutationFn: async (order: orders.NewOrder) => {
      const [began, sentAtMs] = [performance.now(), Date.now()];
      const placed = await orders.createOrder(venue, order);
      feed.latency.orders.add(performance.now() - began);
      feed.latency.engine.add(placed.ts_ms - sentAtMs);
      return placed;
    },
  });
};

export const useCancelOrder = (): UseMutationResult<unknown, Error, string> => {
  const { venue } = useHouse();
  return useMutation({ mutationFn: (orderId: string) => orders.cancelOrder(venue, orderId) });
};

export const useAmendOrder = (): UseMutationResult<unknown, Error, { orderId: string; amendment: orders.Amendment }> => {
  const { venue } = useHouse();
  return useMutation({ mutationFn: ({ orderId, amendment }) => orders.amendOrder(venue, orderId, amendment) });
};

export const cancelEverything = (): Promise<void> => orders.cancelAll(house().venue);

// --- the sandbox ------------------------------------------------------------------------------------

/** A GET of the venue's /sandbox, read again every so often while it is shown. */
export function useSandbox<T>(path: string, everyMs: number | false = 2_000): UseQueryResult<T> {
  const { config } = useHouse();
  return useQuery({
    queryKey: ["sandbox", path],
    queryFn: () => json<T>(`${config.venue_url}/sandbox/${path}`),
    refetchInterval: (query) => (isAbsent(query.state.error) ? ABSENT_MS : everyMs),
    retry: 0,
  });
}

/** A venue without this power is asked again now and then: another version may have come. */
const isAbsent = (error: Error | null): boolean => error instanceof VenueError && (error.status === 404 || error.status === 501);

export const useClockState = (): UseQueryResult<ClockState> => useSandbox<ClockState>("clock", 1_000);
export const useVenueState = (): UseQueryResult<VenueState> => useSandbox<VenueState>("state", 2_000);

/** Do something with the sandbox, then read again what it may have changed. Raises VenueError. */
export async function sandboxDo<T>(method: string, path: string, content?: object): Promise<T> {
  const done = await json<T>(`${house().config.venue_url}/sandbox/${path}`, method, content);
  await queries.invalidateQueries();
  return done;
}
