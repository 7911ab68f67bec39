import { describe, expect, it } from "vitest";
import { latest } from "./latest";

/** Sends that end when they are told to. */
function slow(): { sent: number[]; end: () => Promise<void>; send: (value: number) => Promise<void> } {
  const sent: number[] = [];
  let over = (): void => undefined;
  return {
    sent,
    end: async () => {
      over();
      await new Promise((done) => setTimeout(done, 0));
    },
    send: (value) => {
      sent.push(value);
      return new Promise((done) => {
        over = done;
      });
    },
  };
}

describe("the latest of many wishes", () => {
  it("is sent at once when nothing is under way", () => {
    const { sent, send } = slow();
    latest(send)(1);
    expect(sent).toEqual([1]);
  });
  it("waits for the one under way, and what came between is not sent", async () => {
    const { sent, send, end } = slow();
    const wish = latest(send);
    [1, 2, 3, 4].forEach(wish);
    expect(sent).toEqual([1]);
    await end();
    expect(sent).toEqual([1, 4]);
    await end();
    wish(5);
    expect(sent).toEqual([1, 4, 5]);
  });
});
