import { describe, expect, it } from "vitest";
import type { PlanNumbers } from "../../src/protocol";
import { lostBranches, markLost } from "../../src/scene/loss-colours";

describe("liver that no longer works", () => {
  it("is marked where a sample belongs to a lost branch, supply and drainage apart", () => {
    const pairs = new Uint8Array(10);
    markLost(pairs, 0, { values: new Uint16Array([0, 3, 300, 7, 3]) }, [3, 300]);
    markLost(pairs, 1, { values: new Uint16Array([0, 9, 0, 9, 400]) }, [9]);
    expect([...pairs]).toEqual([0, 0, 255, 255, 255, 0, 0, 255, 255, 0]);
  });

  it("is known once branches are counted, not while a hand drags", () => {
    const by = (branch: number) => [{ branch, name: "", title: "", volume_ml: 4 }];
    const of = (supply: unknown, drainage: unknown) =>
      ({ function: { devascularised_by_branch: supply, congested_by_branch: drainage } }) as unknown as PlanNumbers;
    expect(lostBranches(of(by(3), by(9)))).toEqual({ supply: [3], drainage: [9] });
    expect(lostBranches(of(null, null))).toBeNull();
    expect(lostBranches(null)).toBeNull();
  });
});
