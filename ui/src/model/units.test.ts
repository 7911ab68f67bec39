import { describe, expect, it } from "vitest";
import { formatCount, formatMoney, formatPrice, parseCount, parseFixed, parsePrice, wireCount, wirePrice, type Count, type Money, type Price } from "./units";

describe("fixed-point text", () => {
  it.each([
    ["0.5600", 5600],
    ["0.56", 5600],
    [".5", 5000],
    ["1", 10_000],
    ["0.00010", 1],
  ])("reads %s dollars as a price", (text, value) => expect(parsePrice(text)).toBe(value));

  it.each(["", ".", "abc", "1e3", "0.00001", "1,0", "--1", "99999999999999999999"])("refuses %j as a price", (text) =>
    expect(parsePrice(text)).toBeNull());

  it("keeps sums that a float would not", () => {
    expect((parseCount("0.10") ?? 0) + (parseCount("0.20") ?? 0)).toBe(parseCount("0.30"));
    expect(parseFixed("9007199254740993.000001", 6)).toBe(9_007_199_254_740_993_000_001n);
  });

  it("goes back to the wire with all its decimals", () => {
    expect(wirePrice(42 as Price)).toBe("0.0042");
    expect(wireCount(150 as Count)).toBe("1.50");
  });
});

describe("numbers for people", () => {
  it("shows a price in cents or percent, the same digits", () => {
    expect(formatPrice(5650 as Price)).toBe("56.5¢");
    expect(formatPrice(5650 as Price, "percent")).toBe("56.5%");
    expect(formatPrice(42 as Price)).toBe("0.42¢");
    expect(formatPrice(1000 as Price)).toBe("10¢");
    expect(formatPrice(0 as Price)).toBe("0¢");
  });

  it("groups thousands and shows cents of a contract only where there are some", () => {
    expect(formatCount(123_456_700 as Count)).toBe("1,234,567");
    expect(formatCount(150 as Count)).toBe("1.50");
    expect(formatCount(-300 as Count)).toBe("−3");
  });

  it("signs money before the dollar and never shows minus zero", () => {
    expect(formatMoney(1_234_567_890n as Money)).toBe("$1,234.56");
    expect(formatMoney(-1_500_000n as Money, { sign: true })).toBe("−$1.50");
    expect(formatMoney(1_500_000n as Money, { sign: true })).toBe("+$1.50");
    expect(formatMoney(-1_000n as Money)).toBe("$0.00");
    expect(formatMoney(17_500n as Money, { exact: true })).toBe("$0.0175");
  });
});
