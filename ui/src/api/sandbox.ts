/** The simulator's own powers, described by hand: /sandbox is not in Kalshi's contract. */

import { toVenueError, unreachable } from "./errors";

export interface Config {
  venue_url: string;
  market_data_url: string;
  rebuilder_url: string;
}
export interface AccountEntry {
  name: string;
  member: number;
}
export interface ClockState {
  now_us: number;
  mode: "real" | "frozen" | "scaled";
  speed: number;
  /** Of the machine's clock. */
  ahead_ms: number;
}
export interface VenueState {
  seq: number;
  ts_us: number;
  state_hash: string;
  invariants_broken: string[];
  orders_resting: number;
  degraded: string;
}
export interface AuthFailure {
  at_ms: number;
  key_id: string | null;
  method: string;
  path: string;
  should_have_signed: string;
  explanation: string;
}

/** JSON from any of our processes. Raises VenueError, `unreachable` when there is no answer at all. */
export async function json<T>(url: string, method = "GET", content?: object): Promise<T> {
  let response: Response;
  try {
    const sent = content && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) };
    response = await fetch(url, { method, ...sent });
  } catch {
    throw unreachable();
  }
  const text = await response.text();
  const answer = parsed(text);
  if (!response.ok) throw toVenueError(response.status, answer);
  return answer as T;
}

function parsed(text: string): unknown {
  try {
    return text ? (JSON.parse(text) as unknown) : null;
  } catch {
    return null;
  }
}
