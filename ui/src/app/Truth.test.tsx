// @vitest-environment jsdom
import { act, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import type { LinkKind } from "../feed/link";
import { closeHouse, link, openHouse, show } from "../testing/house";
import { Banner, TruthPill } from "./Truth";

afterEach(closeHouse);

function open(kind: LinkKind, ageMs: number | null = 2_345, status = { exchange_active: true, trading_active: true }): void {
  const { store } = openHouse({ "GET /exchange/status": status });
  store.setState({ link: link(kind, ageMs) });
  show(
    <>
      <TruthPill />
      <Banner />
    </>,
  );
}
const banner = (): string | null => screen.queryByTestId("banner")?.textContent ?? null;
const pill = (): string => screen.getByTestId("truth").textContent ?? "";

describe("the banner", () => {
  it("is not there while all is well", async () => {
    open("connected");
    await waitFor(() => expect(pill()).toBe("●live 2 ms"));
    expect(banner()).toBeNull();
  });
  it.each([
    ["trailing", "The venue does not answer. What is on screen is 2.3 s old"],
    ["reconnecting", "Connection lost, trying again. What is on screen is 2.3 s old"],
    ["down", "The venue is down, trying again. What is on screen is 2.3 s old"],
  ] as const)("says %s with the age of what is shown", (kind, words) => {
    open(kind);
    expect(banner()).toBe(words);
    expect(pill()).toBe(`○${kind}`);
  });
  it("names no age before anything was heard", () => {
    open("connecting", null);
    expect(banner()).toBe("Connecting to the venue");
  });
  it("says that trading is paused and that cancels are taken", async () => {
    open("connected", 5, { exchange_active: true, trading_active: false });
    await waitFor(() => expect(banner()).toBe("Trading is paused: no new orders; cancels are taken"));
  });
  it("says that the whole exchange is paused", async () => {
    open("connected", 5, { exchange_active: false, trading_active: false });
    await waitFor(() => expect(banner()).toBe("The exchange is paused: no orders and no cancels"));
    expect(pill()).toBe("○exchange paused");
  });
  it("goes when the connection is back", async () => {
    const { store } = openHouse();
    store.setState({ link: link("reconnecting") });
    show(<Banner />);
    expect(banner()).toContain("Connection lost");
    act(() => store.setState({ link: link("connected") }));
    await waitFor(() => expect(banner()).toBeNull());
  });
});
