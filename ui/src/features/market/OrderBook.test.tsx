// @vitest-environment jsdom
import { act, cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Flash } from "../../feed/bookFeed";
import { CENTS } from "../../model/grid";
import { useSettings } from "../../state/settings";
import { useTicket } from "../../state/ticket";
import { bookView, closeHouse, link, openHouse, show, TICKER, type FakeHouse } from "../../testing/house";
import { OrderBook } from "./OrderBook";

const ORDERS = {
  "GET /portfolio/orders": {
    orders: [
      { order_id: "a", ticker: TICKER, book_side: "bid", yes_price_dollars: "0.4000", remaining_count_fp: "10.00" },
      { order_id: "b", ticker: TICKER, book_side: "bid", yes_price_dollars: "0.4000", remaining_count_fp: "2.50" },
    ],
    cursor: "",
  },
  "GET /portfolio/orders/queue_positions": {
    queue_positions: [
      { order_id: "a", market_ticker: TICKER, queue_position_fp: "7.00" },
      { order_id: "b", market_ticker: TICKER, queue_position_fp: "31.00" },
    ],
  },
};

function open(answers = {}): FakeHouse {
  const house = openHouse(answers);
  house.store.setState({ book: bookView([[4_000, 1_950], [3_900, 300]], [[4_000, 2_000]]) });
  show(<OrderBook ticker={TICKER} grid={CENTS} />);
  return house;
}
const row = (side: string, price: number): HTMLElement => {
  const found = document.querySelector<HTMLElement>(`button[data-side=${side}][data-price="${price}"]`);
  if (!found) throw new Error(`no ${side} at ${price}`);
  return found;
};

beforeEach(() => useSettings.setState(useSettings.getInitialState(), true));
afterEach(() => {
  vi.useRealTimers();
  cleanup();
  closeHouse();
});

describe("a row of the book", () => {
  it("has its size and everything up to it", () => {
    open();
    expect(row("bid", 4_000).textContent).toContain("40¢");
    expect(row("bid", 3_900).textContent).toBe("bid 39¢322.50");
  });
  it("marks what is ours with the contracts ahead of the first of it", async () => {
    open(ORDERS);
    await waitFor(() => expect(row("bid", 4_000).textContent).toContain("● 12.50 yours q7"));
    expect(row("bid", 3_900).textContent).not.toContain("●");
  });
  it("fills the ticket with the trade against it", () => {
    open();
    fireEvent.click(row("ask", 6_000));
    expect(useTicket.getState()).toMatchObject({ action: "buy", outcome: "yes", priceText: "60" });
    fireEvent.click(row("bid", 4_000));
    expect(useTicket.getState()).toMatchObject({ action: "sell", outcome: "yes", priceText: "40" });
  });
  it("is walked through with the arrow keys", () => {
    open();
    expect(row("bid", 4_000).tabIndex).toBe(0);
    expect(row("bid", 3_900).tabIndex).toBe(-1);
  });
});

describe("a level is lit", () => {
  const change = (house: FakeHouse, flashes: [string, Flash][], snapshots = 1): void =>
    act(() => house.store.setState({ book: bookView([[4_000, 900]], [[4_000, 2_000]], { flashes: new Map(flashes), counters: { messages: 2, snapshots, deltas: 1, gaps: 0 } }) }));
  it("by a delta, with its sign, and fades in three steps", () => {
    vi.useFakeTimers();
    const house = open();
    change(house, [["yes:4000", { id: 1, sign: -1 }]]);
    const seen: (string | undefined)[] = [];
    for (let step = 0; step < 4; step += 1) {
      seen.push(row("bid", 4_000).dataset.lit);
      act(() => vi.advanceTimersByTime(400));
    }
    expect(seen).toEqual(["3", "2", "1", undefined]);
    expect(row("ask", 6_000).dataset.lit).toBeUndefined();
  });
  it("and is not lit any more behind a new snapshot", () => {
    const house = open();
    change(house, [["no:4000", { id: 1, sign: 1 }]]);
    expect(row("ask", 6_000).dataset).toMatchObject({ lit: "3", sign: "1" });
    change(house, [], 2);
    expect(row("ask", 6_000).dataset.lit).toBeUndefined();
  });
  it("never when the person does not want it", () => {
    useSettings.setState({ flash: false });
    const house = open();
    change(house, [["yes:4000", { id: 1, sign: 1 }]]);
    expect(row("bid", 4_000).dataset.lit).toBeUndefined();
  });
});

describe("a book that may be old", () => {
  it("is grey and says how old it is", () => {
    const { store } = open();
    act(() => store.setState({ link: link("trailing", 1_500) }));
    expect(screen.getByTestId("book").className).toContain("stale");
    expect(screen.getByTestId("book").dataset.live).toBe("false");
    expect(screen.getByTestId("book-state").textContent).toBe("old, 1.5 s");
  });
  it("is not called live while it waits for a snapshot", () => {
    const { store } = open();
    act(() => store.setState({ book: bookView([[4_000, 100]], [], { state: "resyncing" }) }));
    expect(screen.getByTestId("book").dataset.live).toBe("false");
  });
});
