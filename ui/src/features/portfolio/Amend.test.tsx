// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Order } from "../../api/portfolio";
import { closeHouse, openHouse, show, TICKER, type Answers, type Asked } from "../../testing/house";
import { Amend } from "./Amend";

const ORDER = {
  order_id: "a1",
  ticker: TICKER,
  book_side: "ask",
  yes_price_dollars: "0.6000",
  remaining_count_fp: "6.00",
  fill_count_fp: "4.00",
} as Order;
const DOOR = "POST /portfolio/events/orders/a1/amend";

function open(answers: Answers = { [DOOR]: {} }): { asked: Asked[]; done: ReturnType<typeof vi.fn> } {
  const { asked } = openHouse(answers);
  const done = vi.fn();
  show(<Amend order={ORDER} onDone={done} />);
  return { asked, done };
}
const type = (field: string, text: string): void => void fireEvent.change(screen.getByLabelText(field), { target: { value: text } });
const save = (): HTMLButtonElement => screen.getByRole("button", { name: "Save" });

afterEach(closeHouse);

describe("amending an order", () => {
  it("begins with what it is", () => {
    open();
    expect((screen.getByLabelText("New YES price") as HTMLInputElement).value).toBe("60");
    expect((screen.getByLabelText("New count left") as HTMLInputElement).value).toBe("6.00");
  });
  it("sends what is to be left together with what was filled", async () => {
    const { asked, done } = open();
    type("New YES price", "62.5");
    type("New count left", "1.5");
    fireEvent.click(save());
    await waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(asked).toEqual([{ what: DOOR, body: { ticker: TICKER, side: "ask", price: "0.6250", count: "5.50" } }]);
  });
  it("cannot be saved while a field holds no number", () => {
    const { asked } = open();
    type("New count left", "six");
    expect(save().disabled).toBe(true);
    fireEvent.submit(screen.getByRole("form"));
    expect(asked).toEqual([]);
  });
  it("is left with Escape, and nothing is sent", () => {
    const { asked, done } = open();
    fireEvent.keyDown(screen.getByLabelText("New YES price"), { key: "Escape" });
    expect(done).toHaveBeenCalledOnce();
    expect(asked).toEqual([]);
  });
  it("shows a refusal in words and stays open", async () => {
    const { done } = open({ [DOOR]: [404, { error: { code: "not_found", message: "not found" } }] });
    fireEvent.click(save());
    expect((await screen.findByRole("alert")).textContent).toBe("Not there (any more)(not_found, HTTP 404)");
    expect(done).not.toHaveBeenCalled();
  });
});
