/** Where a tape is, between two answers of the venue and in words. */

import type { Tape } from "../../api/sandbox";

/** 754_000 -> "12:34"; from an hour on "1:02:03". */
export function tapeTime(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1_000);
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${two(minutes)}:${two(seconds % 60)}`;
}

/** The venue's clock in seconds a second: 0 while it stands still. */
export const pace = (clock: { mode: string; speed: number } | undefined): number =>
  clock?.mode === "frozen" ? 0 : clock?.mode === "scaled" ? clock.speed : 1;

/** Where it is by now when the venue said `ageMs` ago where it was then. */
export const positionNow = (tape: Tape, ageMs: number, venuePace: number): number =>
  tape.playing ? Math.min(tape.duration_ms, tape.position_ms + Math.max(0, ageMs) * tape.speed * venuePace) : tape.position_ms;

const STEP_MS = 5_000;
const STRIDE_MS = 60_000;

/** Where a key takes the scrubber, null when it is none of its keys. */
export function keyTo(key: string, positionMs: number, durationMs: number): number | null {
  const moves: Record<string, number> = {
    ArrowLeft: positionMs - STEP_MS,
    ArrowDown: positionMs - STEP_MS,
    ArrowRight: positionMs + STEP_MS,
    ArrowUp: positionMs + STEP_MS,
    PageDown: positionMs - STRIDE_MS,
    PageUp: positionMs + STRIDE_MS,
    Home: 0,
    End: durationMs,
  };
  const to = moves[key];
  return to === undefined ? null : Math.round(Math.min(durationMs, Math.max(0, to)));
}
