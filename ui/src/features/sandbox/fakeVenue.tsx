/** For component tests: a venue whose answers stand in a table, and a note of what it was asked. */

import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { vi } from "vitest";
import { queries, useStart, type House } from "../../state/house";

/** "GET tape" -> the body, or the status and the body of a refusal. Below /sandbox; null: it does not answer. */
export type Answers = Record<string, object | readonly [status: number, body: object] | null>;

export interface FakeVenue {
  /** May be changed while it is shown. */
  answers: Answers;
  /** What was asked beside GET, in order. */
  done: { what: string; body: unknown }[];
}

const URL_ = "http://venue.test";

// A busy machine is slow, not wrong.
configure({ asyncUtilTimeout: 30_000 });
vi.setConfig({ testTimeout: 60_000 });

export function fakeVenue(answers: Answers): FakeVenue {
  const venue: FakeVenue = { answers, done: [] };
  vi.stubGlobal("fetch", (url: string, sent?: { method?: string; body?: string }) => {
    const what = `${sent?.method ?? "GET"} ${url.replace(`${URL_}/sandbox/`, "")}`;
    if (!what.startsWith("GET ")) venue.done.push({ what, body: sent?.body === undefined ? undefined : (JSON.parse(sent.body) as unknown) });
    const answer = venue.answers[what];
    if (answer === null) return Promise.reject(new TypeError("Failed to fetch"));
    if (answer === undefined) return Promise.resolve(new Response(JSON.stringify({ error: { code: "not_found" } }), { status: 404 }));
    const [status, body] = Array.isArray(answer) ? (answer as [number, object]) : [200, answer];
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
  const house = { config: { venue_url: URL_, market_data_url: "", rebuilder_url: "" }, accounts: [{ name: "alice", member: 2 }], account: "alice" };
  useStart.setState({ state: "ready", house: house as unknown as House });
  return venue;
}

export const show = (what: ReactNode): void => void render(<QueryClientProvider client={queries}>{what}</QueryClientProvider>);

/** After each test. */
export function forget(): void {
  cleanup();
  queries.clear();
  vi.unstubAllGlobals();
}
