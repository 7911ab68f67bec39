// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { Chaos } from "./Chaos";
import { Clock } from "./Clock";
import { Fund } from "./Exchange";
import { Agents, Snapshots } from "./Keeping";
import { closeHouse, openHouse, show, wishes } from "../../testing/house";

const button = (name: string): HTMLButtonElement => screen.getByRole("button", { name });
const type = (field: string, text: string): void => void fireEvent.change(screen.getByLabelText(field), { target: { value: text } });

afterEach(closeHouse);

describe("the clock", () => {
  const state = (mode: string, speed = 1): object => ({ now_us: 1_800_000_000_000_000, mode, speed });

  it("is let run when it stands still", async () => {
    const venue = openHouse({ "GET /sandbox/clock": state("frozen"), "POST /sandbox/clock": state("real") });
    show(<Clock />);
    fireEvent.click(await screen.findByRole("button", { name: "Let it run" }));
    await waitFor(() => expect(wishes(venue)).toEqual([{ what: "POST /sandbox/clock", body: { action: "resume" } }]));
  });

  it("says how fast it runs", async () => {
    openHouse({ "GET /sandbox/clock": state("scaled", 60) });
    show(<Clock />);
    expect(await screen.findByText("×60", { selector: ".pill" })).toBeTruthy();
    expect(screen.getByRole("radio", { name: "×60" }).getAttribute("aria-checked")).toBe("true");
  });

  it("does not claim a pace it has not heard", () => {
    openHouse({ "GET /sandbox/clock": null });
    show(<Clock />);
    expect(screen.getByText("not known")).toBeTruthy();
  });

  it("shows the venue's refusal in words", async () => {
    openHouse({ "GET /sandbox/clock": state("real"), "POST /sandbox/clock": [400, { error: { code: "invalid_parameters", details: "time never goes back" } }] });
    show(<Clock />);
    fireEvent.click(button("+1 h"));
    expect((await screen.findByRole("alert")).textContent).toContain("time never goes back");
  });
});

describe("funding", () => {
  it.each(["", "0", "-5", "lots"])("takes no %o", (text) => {
    openHouse({});
    show(<Fund />);
    type("Dollars", text);
    expect(button("Pay in").disabled).toBe(true);
  });

  it("pays in what was written, as a fixed-point amount", async () => {
    const venue = openHouse({ "POST /sandbox/accounts/alice/fund": { account: "alice", balance: "1250.5000" } });
    show(<Fund />);
    type("Dollars", "250.5");
    fireEvent.click(button("Pay in"));
    await waitFor(() => expect(wishes(venue)).toEqual([{ what: "POST /sandbox/accounts/alice/fund", body: { amount: "250.5000" } }]));
  });
});

describe("reset", () => {
  it("is asked for twice, and then no longer offered as meant", async () => {
    const venue = openHouse({ "GET /sandbox/snapshots": { snapshots: [] }, "POST /sandbox/reset": { seq: 1, took_ms: 1 } });
    show(<Snapshots />);
    fireEvent.click(button("Reset the venue"));
    expect(wishes(venue)).toEqual([]);
    fireEvent.click(button("Really reset"));
    expect(await screen.findByRole("button", { name: "Reset the venue" })).toBeTruthy();
    expect(wishes(venue).map((one) => one.what)).toEqual(["POST /sandbox/reset"]);
  });
});

describe("agents", () => {
  it("are stopped when they run and started when they do not", async () => {
    const venue = openHouse({ "GET /sandbox/agents": { agents: [{ name: "crowd", running: true, url: "" }] }, "POST /sandbox/agents/crowd/stop": {} });
    show(<Agents />);
    await screen.findByText("on");
    venue.answers["GET /sandbox/agents"] = { agents: [{ name: "crowd", running: false, url: "" }] };
    fireEvent.click(button("Stop"));
    expect(await screen.findByText("off")).toBeTruthy();
    expect(button("Start")).toBeTruthy();
  });
});

describe("chaos", () => {
  const RULE = { id: "r1", rule: { channel: "ws", fault: "gap", operation: "*", ticker: "KXA-*" }, matched: 9, hits: 2, over: false };

  it("lists what a rule is about and how often it hit, and removes that one", async () => {
    const venue = openHouse({ "GET /sandbox/chaos": { rules: [RULE], profiles: [] }, "DELETE /sandbox/chaos/r1": {} });
    show(<Chaos />);
    expect(await screen.findByText("ws · everything · in KXA-*")).toBeTruthy();
    expect(screen.getByText("2 of 9 hit")).toBeTruthy();
    fireEvent.click(button("Remove the rule r1"));
    await waitFor(() => expect(wishes(venue).map((one) => one.what)).toEqual(["DELETE /sandbox/chaos/r1"]));
  });

  it.each(['{"channel": ', "7", "null", ""])("does not send %o", (text) => {
    openHouse({ "GET /sandbox/chaos": { rules: [], profiles: [] } });
    show(<Chaos />);
    type("Rule", text);
    expect(button("Add the rule").disabled).toBe(true);
    expect(screen.getByText("This is not JSON")).toBeTruthy();
  });
});
