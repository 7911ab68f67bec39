// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import type { Tape } from "../../api/sandbox";
import { closeHouse, openHouse, show, wishes, type FakeHouse } from "../../testing/house";
import { TapePlayer } from "./TapePlayer";

const NO_TAPE: Tape = {
  loaded: false,
  name: "",
  title: "",
  markets: [],
  position_ms: 0,
  duration_ms: 0,
  playing: false,
  speed: 1,
  played: 0,
  messages: 0,
  recorded_ms: 0,
  result: "",
  in_step: true,
  trouble: "",
};
const LOADED: Tape = { ...NO_TAPE, loaded: true, name: "KXA", title: "Foxes", markets: ["KXA"], position_ms: 60_000, duration_ms: 900_000, result: "yes" };
const TAPES = {
  folder: "/home/me/tapes",
  tapes: [
    { name: "KXA", title: "Foxes", source: "included", bytes: 1, problem: "" },
    { name: "KXBAD", title: "", source: "folder", bytes: 1, problem: "KXBAD.ndjson:7: is no message" },
  ],
};
const CLOCK = { now_us: 0, mode: "real", speed: 1 };

function open(tape: Tape): FakeHouse {
  const venue = openHouse({ "GET /sandbox/tape": tape, "GET /sandbox/tapes": TAPES, "GET /sandbox/clock": CLOCK });
  show(<TapePlayer />);
  return venue;
}
const button = (name: string): Promise<HTMLButtonElement> => screen.findByRole("button", { name });
const slider = (): Promise<HTMLInputElement> => screen.findByRole("slider", { name: "Position on the tape" });

afterEach(closeHouse);

describe("the tape player", () => {
  it("loads the tape that is chosen", async () => {
    const venue = open(NO_TAPE);
    await screen.findByRole("option", { name: "KXA" });
    venue.answers["POST /sandbox/tape/load"] = venue.answers["GET /sandbox/tape"] = LOADED;
    fireEvent.click(await button("Load"));
    expect(await screen.findByText("paused")).toBeTruthy();
    expect(wishes(venue)).toEqual([{ what: "POST /sandbox/tape/load", body: { name: "KXA", speed: 1 } }]);
    expect((await slider()).getAttribute("aria-valuetext")).toBe("01:00 of 15:00");
  });

  it("says why a broken tape cannot be loaded", async () => {
    open(NO_TAPE);
    await screen.findByRole("option", { name: "KXBAD (broken)" });
    fireEvent.change(screen.getByLabelText("Tape"), { target: { value: "KXBAD" } });
    expect(screen.getByText("KXBAD.ndjson:7: is no message")).toBeTruthy();
    expect((await button("Load")).disabled).toBe(true);
  });

  it("says where recordings go while none is in", async () => {
    open(NO_TAPE);
    expect(await screen.findByText(/put them into \/home\/me\/tapes/)).toBeTruthy();
    expect(screen.queryByRole("slider")).toBeNull();
  });

  it("shows what the venue made of a button, not what was wished", async () => {
    const venue = open(LOADED);
    venue.answers["POST /sandbox/tape/play"] = [409, { error: { code: "invalid_transition", details: "the market KXA is closed" } }];
    fireEvent.click(await button("Play"));
    expect((await screen.findByRole("alert")).textContent).toContain("the market KXA is closed");
    expect(screen.getByText("paused")).toBeTruthy();
  });

  it("seeks with the keys of a slider and shows the position meanwhile", async () => {
    const venue = open(LOADED);
    venue.answers["POST /sandbox/tape/seek"] = venue.answers["GET /sandbox/tape"] = { ...LOADED, position_ms: 120_000 };
    fireEvent.keyDown(await slider(), { key: "PageUp" });
    expect(screen.getByTestId("tape-position").textContent).toBe("02:00");
    await waitFor(() => expect(wishes(venue)).toEqual([{ what: "POST /sandbox/tape/seek", body: { position_ms: 120_000 } }]));
    await waitFor(() => expect((screen.getByRole("slider") as HTMLInputElement).value).toBe("120000"));
  });

  it("goes back to the venue's position when a seek is refused", async () => {
    const venue = open(LOADED);
    venue.answers["POST /sandbox/tape/seek"] = [503, { error: { code: "service_unavailable" } }];
    fireEvent.keyDown(await slider(), { key: "End" });
    expect(screen.getByTestId("tape-position").textContent).toBe("15:00");
    await screen.findByRole("alert");
    await waitFor(() => expect(screen.getByTestId("tape-position").textContent).toBe("01:00"));
  });

  it("does not pretend to know while the venue is away, and is true again when it is back", async () => {
    const venue = open({ ...LOADED, playing: true });
    await screen.findByText("playing ×1");
    venue.answers["GET /sandbox/tape"] = null;
    expect(await screen.findByText("not known")).toBeTruthy();
    expect((await slider()).disabled).toBe(true);
    expect((await button("Pause")).disabled).toBe(true);
    venue.answers["GET /sandbox/tape"] = LOADED;
    expect(await screen.findByText("paused")).toBeTruthy();
    expect((await slider()).disabled).toBe(false);
  });

  it("says that the book differs from the tape", async () => {
    open({ ...LOADED, in_step: false });
    expect(await screen.findByText("book differs from the tape")).toBeTruthy();
  });

  it("says why it stopped by itself", async () => {
    open({ ...LOADED, trouble: "the market KXA is finalized" });
    expect((await screen.findByRole("alert")).textContent).toBe("It stopped: the market KXA is finalized");
  });

  it("says calmly that a venue has none", async () => {
    openHouse({});
    show(<TapePlayer />);
    expect(await screen.findByText(/This venue has no tape player/)).toBeTruthy();
  });
});
