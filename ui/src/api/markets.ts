/** What anybody may know: series, events, markets, books, trades, candlesticks, the exchange's status. */

import { body, pages, type Schemas, type VenueClient } from "./client";

export type Market = Schemas["Market"];
export type EventData = Schemas["EventData"];
export type Series = Schemas["Series"];
export type StatusFilter = "" | "unopened" | "open" | "paused" | "closed" | "settled";

export interface BookRows {
  yes_dollars: readonly (readonly string[])[];
  no_dollars: readonly (readonly string[])[];
}

const MOST = 20_000;

export const listMarkets = (venue: VenueClient, status: StatusFilter): Promise<Market[]> =>
  pages(async (cursor) => {
    const query = { limit: 1_000, ...(cursor ? { cursor } : {}), ...(status ? { status } : {}) };
    const page = await body(venue.GET("/trade-api/v2/markets", { params: { query } }));
    return { cursor: page.cursor, rows: page.markets };
  }, MOST);

export const listEvents = (venue: VenueClient): Promise<EventData[]> =>
  pages(async (cursor) => {
    const query = { limit: 200, ...(cursor ? { cursor } : {}) };
    const page = await body(venue.GET("/trade-api/v2/events", { params: { query } }));
    return { cursor: page.cursor, rows: page.events };
  }, MOST);

export const listSeries = async (venue: VenueClient): Promise<readonly Series[]> =>
  (await body(venue.GET("/trade-api/v2/series"))).series;

export const getMarket = async (venue: VenueClient, ticker: string): Promise<Market> =>
  (await body(venue.GET("/trade-api/v2/markets/{ticker}", { params: { path: { ticker } } }))).market;

export const getEvent = async (venue: VenueClient, ticker: string): Promise<EventData> =>
  (await body(venue.GET("/trade-api/v2/events/{event_ticker}", { params: { path: { event_ticker: ticker } } }))).event;

export const getSeries = async (venue: VenueClient, ticker: string): Promise<Series> =>
  (await body(venue.GET("/trade-api/v2/series/{series_ticker}", { params: { path: { series_ticker: ticker } } }))).series;

export const getBook = async (venue: VenueClient, ticker: string): Promise<BookRows> =>
  (await body(venue.GET("/trade-api/v2/markets/{ticker}/orderbook", { params: { path: { ticker } } }))).orderbook_fp;

export const listTrades = async (venue: VenueClient, ticker: string): Promise<readonly Schemas["Trade"][]> =>
  (await body(venue.GET("/trade-api/v2/markets/trades", { params: { query: { ticker, limit: 100 } } }))).trades;

export async function listCandles(
  venue: VenueClient,
  series: string,
  ticker: string,
  query: { start_ts: number; end_ts: number; period_interval: 1 | 60 | 1440 },
): Promise<readonly Schemas["MarketCandlestick"][]> {
  const path = { series_ticker: series, ticker };
  const url = "/trade-api/v2/series/{series_ticker}/markets/{ticker}/candlesticks";
  return (await body(venue.GET(url, { params: { path, query } }))).candlesticks;
}

export const getStatus = (venue: VenueClient): Promise<Schemas["ExchangeStatus"]> =>
  body(venue.GET("/trade-api/v2/exchange/status"));
