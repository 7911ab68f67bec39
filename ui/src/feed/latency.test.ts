import { describe, expect, it } from "vitest";
import { Latency, Samples } from "./latency";

describe("percentiles", () => {
  it("are none without a sample", () => expect(new Samples().percentiles()).toBeNull());
  it("are the samples of which so many are at most as large", () => {
    const samples = new Samples();
    for (let value = 100; value > 0; value -= 1) samples.add(value);
    expect(samples.percentiles()).toEqual({ samples: 100, p50: 51, p90: 91, p99: 100 });
  });
  it("forget the oldest beyond two thousand", () => {
    const samples = new Samples();
    samples.add(1_000_000);
    for (let time = 0; time < 2_000; time += 1) samples.add(1);
    expect(samples.percentiles()).toEqual({ samples: 2_000, p50: 1, p90: 1, p99: 1 });
  });
  it("take what two clocks make negative for nothing", () => {
    const samples = new Samples();
    samples.add(-5);
    expect(samples.percentiles()?.p99).toBe(0);
  });
});

describe("the hops of a message", () => {
  it("are match to arrival, and arrival to the frame that shows it", () => {
    const latency = new Latency();
    latency.arrived(1_000, 1_004);
    latency.arrived(1_001, 1_010);
    latency.shown(1_016);
    latency.shown(1_032);
    expect(latency.feed.percentiles()).toMatchObject({ samples: 2, p50: 9 });
    expect(latency.render.percentiles()).toMatchObject({ samples: 2, p50: 12, p99: 12 });
  });
});
