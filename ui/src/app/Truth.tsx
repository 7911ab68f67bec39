import type { ReactNode } from "react";
import { age } from "../model/moments";
import { useTruth, type Truth } from "../state/health";
import { useFeed } from "../state/house";

const WORDS: Record<Truth, string> = {
  connecting: "Connecting to the venue",
  connected: "Connected",
  trailing: "The venue does not answer",
  reconnecting: "Connection lost, trying again",
  down: "The venue is down, trying again",
  paused: "Trading is paused: no new orders; cancels are taken",
  "exchange-paused": "The exchange is paused: no orders and no cancels",
};

/** In the bar at the top, always: the state in a word and how long an answer takes. */
export function TruthPill(): ReactNode {
  const { truth } = useTruth();
  const roundTrip = useFeed((state) => state.link.roundTripMs);
  const tone = truth === "connected" ? "yes" : truth === "down" || truth === "reconnecting" ? "no" : "warn";
  return (
    <span className="pill" data-tone={tone} data-testid="truth" data-truth={truth}>
      <span aria-hidden="true">{truth === "connected" ? "●" : "○"}</span>
      {truth === "connected" ? `live${roundTrip === null ? "" : ` ${Math.round(roundTrip)} ms`}` : truth.replace("-", " ")}
    </span>
  );
}

/** Across the screen, only when something is not as it should be. */
export function Banner(): ReactNode {
  const { truth, ageMs } = useTruth();
  if (truth === "connected") return null;
  const old = ageMs !== null && truth !== "paused" && truth !== "exchange-paused";
  const bad = truth === "down" || truth === "reconnecting";
  return (
    <div role="status" data-testid="banner" className={`px-4 py-1.5 text-center font-medium ${bad ? "bg-no-soft text-no" : "bg-warn-soft text-warn"}`}>
      {WORDS[truth]}
      {old ? `. What is on screen is ${age(ageMs)} old` : ""}
    </div>
  );
}
