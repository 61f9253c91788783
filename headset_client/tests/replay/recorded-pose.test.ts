import { describe, expect, it } from "vitest";
import type { PresenceSample } from "../../src/protocol";
import { poseAt, poseOf } from "../../src/replay/recorded-pose";

const HEAD = [12, -300, 40, 0, 0, 0, 1000] as const;
const here: PresenceSample = [0, 1, 100, ...HEAD];

describe("where somebody was", () => {
  it("reads heads, hands and rays of a sample", () => {
    const pose = poseOf([5, 1 + 4 + 8, 150, ...HEAD, 1, 2, 3, 0, 1000, 0, 0, 7, 8, 9, 10, 11, 12]);
    expect(pose).toEqual({
      model_scale: 1.5,
      head: { position_lps_mm: [12, -300, 40], quaternion: [0, 0, 0, 1] },
      left: null,
      right: { position_lps_mm: [1, 2, 3], quaternion: [0, 1, 0, 0] },
      ray: { from_lps_mm: [7, 8, 9], to_lps_mm: [10, 11, 12] },
    });
  });

  it("lets who rested rest, and moves them in the last tenth of a second", () => {
    const there: PresenceSample = [5000, 1, 100, 112, -300, 40, 0, 0, 0, 1000];
    const x = (ms: number) => poseAt([here, there], ms)?.head.position_lps_mm[0];
    expect([x(0), x(4900), x(4950), x(5000), x(9000)]).toEqual([12, 12, 62, 112, 112]);
  });

  it("turns the shorter way", () => {
    const turned: PresenceSample = [100, 1, 100, 12, -300, 40, 0, 0, -10, -1000];
    const quaternion = poseAt([here, turned], 50)?.head.quaternion ?? [0, 0, 0, 0];
    expect(Math.abs(quaternion[3])).toBeGreaterThan(0.999);
  });

  it("shows nobody before they came and after they hid", () => {
    const samples: PresenceSample[] = [
      [200, 1, 100, ...HEAD],
      [900, 0],
    ];
    expect([poseAt(samples, 100), poseAt(samples, 950), poseAt([], 0)]).toEqual([null, null, null]);
    expect(poseAt(samples, 850)?.head.position_lps_mm[0]).toBe(12);
  });
});
