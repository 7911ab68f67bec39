/** What one account has and did. */

import { body, type Schemas, type VenueClient } from "./client";

export type Order = Schemas["OrderBody"];
export type Fill = Schemas["Fill"];
export type Position = Schemas["MarketPosition"];
export type Settlement = Schemas["Settlement"];
export type Balance = Schemas["GetBalanceResponse"];
export type OrderGroup = Schemas["OrderGroup"];

const LIMIT = 200;

export const getBalance = (venue: VenueClient): Promise<Balance> =>
  body(venue.GET("/trade-api/v2/portfolio/balance"));

export const getRestingValue = (
  venue: VenueClient,
): Promise<Schemas["GetPortfolioRestingOrderTotalValueResponse"]> =>
  body(venue.GET("/trade-api/v2/portfolio/summary/total_resting_order_value"));

export const listOrders = async (venue: VenueClient): Promise<readonly Order[]> =>
  (await body(venue.GET("/trade-api/v2/portfolio/orders", { params: { query: { status: "resting", limit: 1_000 } } })))
    .orders;

export const listPositions = async (venue: VenueClient): Promise<readonly Position[]> =>
  (await body(venue.GET("/trade-api/v2/portfolio/positions", { params: { query: { limit: 1_000 } } })))
    .market_positions;

export const listFills = async (venue: VenueClient): Promise<readonly Fill[]> =>
  (await body(venue.GET("/trade-api/v2/portfolio/fills", { params: { query: { limit: LIMIT } } }))).fills;

export const listSettlements = async (venue: VenueClient): Promise<readonly Settlement[]> =>
  (await body(venue.GET("/trade-api/v2/portfolio/settlements", { params: { query: { limit: LIMIT } } }))).settlements;

export const listOrderGroups = async (venue: VenueClient): Promise<readonly OrderGroup[]> =>
  (await body(venue.GET("/trade-api/v2/portfolio/order_groups"))).order_groups ?? [];

/** Contracts ahead of each resting order, by order id. */
export async function queuePositions(venue: VenueClient, ticker: string): Promise<ReadonlyMap<string, string>> {
  const query = { market_tickers: ticker };
  const found = await body(venue.GET("/trade-api/v2/portfolio/orders/queue_positions", { params: { query } }));
  return new Map(found.queue_positions.map((row) => [row.order_id, row.queue_position_fp]));
}
