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
export interface SavedState {
  name: string;
  seq: number;
  saved_at: string;
  bytes: number;
}
export interface Agent {
  name: string;
  running: boolean;
  url: string;
}
export interface ChaosRule {
  channel: string;
  fault: string;
  operation: string;
  ticker: string;
}
/** How many a rule was about and how many of them it hit; `over`: it hits no more. */
export interface ChaosRuleState {
  id: string;
  rule: ChaosRule;
  matched: number;
  hits: number;
  over: boolean;
}
/** The tape that is in the player; positions as recorded. */
export interface Tape {
  loaded: boolean;
  name: string;
  title: string;
  markets: string[];
  position_ms: number;
  duration_ms: number;
  playing: boolean;
  speed: number;
  played: number;
  messages: number;
  recorded_ms: number;
  result: string;
  in_step: boolean;
  trouble: string;
}
/** A tape that can be loaded, or why it cannot. */
export interface TapeEntry {
  name: string;
  title: string;
  source: "folder" | "included";
  bytes: number;
  problem: string;
}
export interface TapeList {
  folder: string;
  tapes: TapeEntry[];
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
