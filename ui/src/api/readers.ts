/** What the processes say of themselves: health, lag and rates, percentiles. Shapes by docs/market_data.md and /docs. */

import { unreachable } from "./errors";
import { json } from "./sandbox";

export interface Readiness {
  well: boolean;
  /** Why not, or how far; empty when there is nothing to say. */
  says: string;
}

interface ReadinessBody {
  status?: string;
  because?: string;
  shards?: { status: string; lag: number; because: string }[];
}

/** Also the answer of a process that says it is not well. Raises VenueError when there is none. */
export async function readiness(url: string): Promise<Readiness> {
  const response = await fetch(`${url}/health/ready`).catch(() => {
    throw unreachable();
  });
  const body = (await response.json().catch(() => ({}))) as ReadinessBody;
  const because = body.because || body.shards?.map((one) => one.because || one.status).join("; ");
  return { well: response.ok, says: response.ok ? "" : (because ?? body.status ?? `HTTP ${response.status}`) };
}

/** In microseconds, of everything since the server's start. */
export interface Hop {
  count: number;
  p50_us: number;
  p90_us: number;
  p99_us: number;
}

export interface MarketDataStats {
  log: { status: string; lag: number; records_per_second: number; gaps: number } | null;
  readers: { connected: number; behind: number };
  messages: number;
  delta_ratio: number;
  latency: { engine_to_publish: Hop; publish_to_send: Hop };
}

export const marketDataStats = (url: string): Promise<MarketDataStats> => json<MarketDataStats>(`${url}/stats`);

export interface RebuilderStats {
  shards: { status: string; lag: number; records_per_second: number; gaps: number; halted_because: string }[];
}

export const rebuilderStats = (url: string): Promise<RebuilderStats> => json<RebuilderStats>(`${url}/stats`);

export interface VenueHealth {
  status: string;
  refusing_because: string;
  seq: number;
  websocket_clients: number;
  publisher: { lag: number; trouble: string } | null;
  history: { lag: number; trouble: string };
}

export const venueHealth = (url: string): Promise<VenueHealth> => json<VenueHealth>(`${url}/health/live`);
