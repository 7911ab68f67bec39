/** What changes orders. */

import { body, type Schemas, type VenueClient } from "./client";

export type NewOrder = Schemas["CreateOrderV2Request"];
export type Placed = Schemas["CreateOrderV2Response"];
export type Amendment = Schemas["AmendOrderV2Request"];

export const createOrder = (venue: VenueClient, order: NewOrder): Promise<Placed> =>
  body(venue.POST("/trade-api/v2/portfolio/events/orders", { body: order }));

export const cancelOrder = (venue: VenueClient, orderId: string): Promise<Schemas["CancelOrderV2Response"]> =>
  body(venue.DELETE("/trade-api/v2/portfolio/events/orders/{order_id}", { params: { path: { order_id: orderId } } }));

export async function cancelAll(venue: VenueClient): Promise<void> {
  await body(venue.DELETE("/trade-api/v2/portfolio/events/orders"));
}

export const amendOrder = (
  venue: VenueClient,
  orderId: string,
  amendment: Amendment,
): Promise<Schemas["AmendOrderV2Response"]> =>
  body(
    venue.POST("/trade-api/v2/portfolio/events/orders/{order_id}/amend", {
      params: { path: { order_id: orderId } },
      body: amendment,
    }),
  );
