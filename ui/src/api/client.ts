/** Kalshi's REST, typed by the venue's own OpenAPI document: every answer is a body or a VenueError. */

import createClient, { type Client } from "openapi-fetch";
import { asVenueError, toVenueError } from "./errors";
import type { components, paths } from "./schema";
import type { Session } from "./session";

export type Schemas = components["schemas"];
export type VenueClient = Client<paths>;

export const venueClient = (session: Session): VenueClient =>
  createClient<paths>({ baseUrl: session.venue, fetch: session.fetch });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of an answer; raises VenueError for every other. */
export async function body<T>(asked: Promise<Answer<T>>): Promise<T> {
  const answer = await asked.catch((error: unknown) => {
    throw asVenueError(error);
  });
  if (!answer.response.ok) throw toVenueError(answer.response.status, answer.error);
  return answer.data as T;
}

/** Every page of a list, as long as there are no more than `most` entries. */
export async function pages<T>(page: (cursor: string) => Promise<{ cursor: string; rows: T[] }>, most: number): Promise<T[]> {
  const rows: T[] = [];
  let cursor = "";
  do {
    const next = await page(cursor);
    rows.push(...next.rows);
    cursor = next.cursor;
  } while (cursor && rows.length < most);
  return rows;
}
