import { describe, expect, test } from "vitest";
import { BandwidthEstimate } from "../../src/session/bandwidth";

const CHUNK = 65_536;

/** `count` chunks, one every `everyMs`; the last leaves nothing wanted. */
function stream(estimate: BandwidthEstimate, count: number, everyMs: number, startMs: number): void {
  for (let n = 0; n < count; n++) estimate.receive(CHUNK, startMs + n * everyMs, n < count - 1);
}

describe("bandwidth", () => {
  test("is unknown before enough has come", () => {
    const estimate = new BandwidthEstimate();
    stream(estimate, 2, 10, 0);
    expect(estimate.bytesPerSecond).toBeNull();
  });

  test("is bytes over the time they took, and pauses between downloads do not count", () => {
    const estimate = new BandwidthEstimate();
    stream(estimate, 9, 20, 0);
    stream(estimate, 9, 20, 60_000);
    expect(estimate.bytesPerSecond).toBeCloseTo((CHUNK / 20) * 1000, 0);
  });

  test("follows a link that gets slower within a few windows", () => {
    const estimate = new BandwidthEstimate();
    stream(estimate, 20, 5, 0);
    stream(estimate, 20, 50, 1000);
    const slow = (CHUNK / 50) * 1000;
    expect(estimate.bytesPerSecond).toBeGreaterThan(slow);
    expect(estimate.bytesPerSecond).toBeLessThan(slow * 1.6);
  });

  test("counts no time without a connection", () => {
    const estimate = new BandwidthEstimate();
    stream(estimate, 9, 20, 0);
    estimate.receive(CHUNK, 1000, true);
    estimate.interrupt();
    estimate.receive(CHUNK, 90_000, true);
    estimate.receive(2 * CHUNK, 90_040, true);
    expect(estimate.bytesPerSecond).toBeCloseTo((CHUNK / 20) * 1000, 0);
  });
});
