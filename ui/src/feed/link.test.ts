import { describe, expect, it } from "vitest";
import { DOWN_MS, Link, TRAILING_MS } from "./link";

const connected = (at = 0): Link => {
  const link = new Link();
  link.opening(at);
  link.opened(at);
  return link;
};

describe("a link", () => {
  it("is connecting before it ever was open", () => {
    const link = new Link();
    link.opening(0);
    expect(link.status(1).kind).toBe("connecting");
  });

  it("is trailing, with its age, when a probe is not answered", () => {
    const link = connected();
    expect(link.probe(100)).toBe(true);
    expect(link.status(100 + TRAILING_MS).kind).toBe("connected");
    const late = link.status(101 + TRAILING_MS);
    expect([late.kind, late.ageMs]).toEqual(["trailing", 101 + TRAILING_MS]);
  });

  it("is seen as trailing within two seconds of a hung venue", () => {
    expect(TRAILING_MS + 500).toBeLessThan(2_000);
  });

  it("is connected again with the answer, which says how long it took", () => {
    const link = connected();
    link.probe(100);
    link.answered(2_000);
    const status = link.status(2_000);
    expect([status.kind, status.roundTripMs, status.ageMs]).toEqual(["connected", 1_900, 0]);
  });

  it("sends one probe at a time", () => {
    const link = connected();
    link.probe(1);
    expect(link.probe(2)).toBe(false);
  });

  it("is reconnecting at once when it closes, and down after a while", () => {
    const link = connected();
    link.closed(50);
    link.opening(60);
    expect(link.status(51).kind).toBe("reconnecting");
    expect(link.status(51 + DOWN_MS).kind).toBe("down");
  });

  it("counts its attempts until one succeeds", () => {
    const link = connected();
    link.closed(50);
    link.opening(60);
    link.opening(70);
    expect(link.status(80).attempts).toBe(2);
    link.opened(90);
    expect(link.status(90)).toMatchObject({ attempts: 0, kind: "connected" });
  });
});
