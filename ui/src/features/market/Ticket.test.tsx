// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Series } from "../../api/markets";
import { CENTS } from "../../model/grid";
import { useTicket } from "../../state/ticket";
import { bookView, closeHouse, link, market, openHouse, show, TICKER, type Answers, type FakeHouse } from "../../testing/house";
import { Ticket } from "./Ticket";

const SERIES = { ticker: "KXTEST", fee_multiplier: 1 } as Series;
const EMPTY_TICKET = useTicket.getState();

/** A ticket of a market with 5 bid at 40¢ and 20 offered at 60¢. */
function open(answers: Answers = {}, of = market()): FakeHouse {
  const house = openHouse(answers);
  house.store.setState({ book: bookView([[4_000, 500]], [[4_000, 2_000]]) });
  show(<Ticket market={of} grid={CENTS} series={SERIES} />);
  return house;
}
const button = (): HTMLButtonElement => screen.getByRole("button", { name: /^(Buy|Sell) [\d,]* ?(YES|NO)/ });
const reason = (): string => screen.getByTestId("ticket-reason").textContent ?? "";
const type = (field: string, text: string): void => void fireEvent.change(screen.getByLabelText(field), { target: { value: text } });

beforeEach(() => useTicket.setState(EMPTY_TICKET, true));
afterEach(closeHouse);

describe("a ticket that cannot be sent says why", () => {
  const refuses = async (words: string): Promise<void> => {
    await waitFor(() => expect(reason()).toBe(words));
    expect(button().disabled).toBe(true);
  };
  it("not connected", async () => {
    const { store } = open();
    store.setState({ link: link("reconnecting") });
    await refuses("Not connected: what is on screen may be old");
  });
  it("a book that waits for its snapshot", async () => {
    const { store } = open();
    store.setState({ book: bookView([], [], { state: "resyncing" }) });
    await refuses("Not connected: what is on screen may be old");
  });
  it("a closed market", async () => {
    open({}, market({ status: "closed" }));
    await refuses("The market is closed");
  });
  it("a paused exchange", async () => {
    open({ "GET /exchange/status": { exchange_active: true, trading_active: false } });
    await refuses("Trading is paused on the exchange");
  });
  it("no price", async () => {
    open();
    type("Price", "");
    await refuses("Enter a price");
  });
  it("a price off the grid", async () => {
    open();
    type("Price", "40.5");
    await refuses("This market does not take that price");
  });
  it("no count", async () => {
    open();
    type("Count", "0");
    await refuses("Enter how many contracts");
  });
  it("more than is free", async () => {
    open({ "GET /portfolio/balance": { balance: 100, balance_dollars: "1.0000" } });
    await refuses("Costs $6.168, $1.00 are free");
  });
  it("nothing to reduce", async () => {
    open();
    fireEvent.click(screen.getByLabelText("Reduce only"));
    await refuses("There is no position to reduce");
  });
});

describe("what an order would do", () => {
  const summary = (): string => screen.getByTestId("summary").textContent ?? "";
  it("begins with the price that would be paid", () => {
    open();
    expect((screen.getByLabelText("Price") as HTMLInputElement).value).toBe("60");
  });
  it("costs 60¢ each and the fee of SEMANTICS A3, and pays a dollar each", async () => {
    open();
    await waitFor(() => expect(reason()).toBe("$1,000.00 free"));
    expect(summary()).toContain("10 at 60¢");
    expect(summary()).toContain("Cost$6.00");
    expect(summary()).toContain("now$0.168"); // 7 % of 10 × 0.6 × 0.4
    expect(summary()).toContain("$10.00");
    expect(button().disabled).toBe(false);
  });
  it("rests with what the book does not have", () => {
    open();
    type("Count", "25");
    expect(summary()).toContain("20 at 60¢");
    expect(summary()).toContain("Rests5");
  });
  it("cancels the rest of an immediate order", () => {
    open();
    type("Count", "25");
    fireEvent.change(screen.getByLabelText("Lives"), { target: { value: "immediate_or_cancel" } });
    expect(summary()).toContain("Is canceled5");
  });
});

describe("sending it", () => {
  const PLACED = { order_id: "1", fill_count: "10.00", remaining_count: "0.00", average_fill_price: "0.6000", ts_ms: 1 };
  it("is an ask at the complement when NO is bought", async () => {
    const { asked } = open({ "POST /portfolio/events/orders": [201, PLACED] });
    fireEvent.click(screen.getByRole("radio", { name: /^NO/ }));
    await waitFor(() => expect(button().disabled).toBe(false));
    fireEvent.click(button());
    await screen.findByTestId("placed");
    const sent = asked.find((one) => one.what.startsWith("POST"))?.body;
    expect(sent).toMatchObject({ ticker: TICKER, side: "ask", price: "0.4000", count: "10.00", time_in_force: "good_till_canceled" });
  });
  it("says what the venue answered and nothing before", async () => {
    open({ "POST /portfolio/events/orders": [201, PLACED] });
    await waitFor(() => expect(button().disabled).toBe(false));
    expect(screen.queryByTestId("placed")).toBeNull();
    fireEvent.click(button());
    expect((await screen.findByTestId("placed")).textContent).toBe("Accepted: 10 filled at 60¢");
  });
  it("shows a refusal in words with its code", async () => {
    open({ "POST /portfolio/events/orders": [400, { error: { code: "insufficient_balance", message: "insufficient balance" } }] });
    await waitFor(() => expect(button().disabled).toBe(false));
    fireEvent.click(button());
    expect((await screen.findByRole("alert")).textContent).toBe("Not enough free money(insufficient_balance, HTTP 400)");
  });
});
