import { describe, expect, it } from "vitest";
import type { Tape } from "../../api/sandbox";
import { keyTo, pace, positionNow, tapeTime } from "./tapeTime";

describe("times of a tape", () => {
  it.each([
    [0, "00:00"],
    [59_999, "00:59"],
    [754_000, "12:34"],
    [3_723_000, "1:02:03"],
    [-5, "00:00"],
  ])("shows %i ms as %s", (ms, words) => expect(tapeTime(ms)).toBe(words));
});

describe("the position between two answers", () => {
  const tape = { position_ms: 10_000, duration_ms: 60_000, playing: true, speed: 20 } as Tape;
  it("runs at the speed of the tape", () => expect(positionNow(tape, 500, 1)).toBe(20_000));
  it("runs with the venue's clock", () => expect(positionNow(tape, 100, 10)).toBe(30_000));
  it("stands while the venue's clock stands", () => expect(positionNow(tape, 500, 0)).toBe(10_000));
  it("stands while the tape is paused", () => expect(positionNow({ ...tape, playing: false }, 500, 1)).toBe(10_000));
  it("never passes the end", () => expect(positionNow(tape, 1e9, 1)).toBe(60_000));
  it("never goes back when clocks disagree", () => expect(positionNow(tape, -50, 1)).toBe(10_000));
});

describe("the venue's pace", () => {
  it.each([
    [undefined, 1],
    [{ mode: "real", speed: 1 }, 1],
    [{ mode: "frozen", speed: 60 }, 0],
    [{ mode: "scaled", speed: 60 }, 60],
  ])("of %o is %i", (clock, wanted) => expect(pace(clock)).toBe(wanted));
});

describe("keys of the scrubber", () => {
  it.each([
    ["ArrowRight", 35_000],
    ["ArrowLeft", 25_000],
    ["PageUp", 60_000],
    ["PageDown", 0],
    ["Home", 0],
    ["End", 60_000],
  ])("%s goes from 30 s of 60 s to %i ms", (key, wanted) => expect(keyTo(key, 30_000, 60_000)).toBe(wanted));
  it("leaves other keys to others", () => expect(keyTo("Tab", 0, 60_000)).toBeNull());
});
