import { describe, expect, it } from "vitest";
import { angleDegrees, distanceMm, lengthMm, placeOnVessel, wayAlongVessel } from "../../src/geometry/measure";
import type { BranchAsset, PointLps } from "../../src/protocol";

function branch(number: number, parent: number | null, line: PointLps[], tree: "portal" | "hepatic" = "portal") {
  const rest = { name: "", title: "", colour: "#fff", calibre_mm: 6, volume_ml: 1, territory_ml: 1, confidence: 1 };
  return { number, tree, parent, line_lps_mm: line, is_bridged: false, ...rest } satisfies BranchAsset;
}

/** A trunk of 30 mm that forks into 40 and 50 mm, and a vein beside it: as in the engine's test. */
const BRANCHES = [
  branch(1, null, [[0, 0, 0], [0, 0, 10], [0, 0, 30]]), // biome-ignore format: one line a branch
  branch(2, 1, [[0, 0, 30], [20, 0, 30], [40, 0, 30]]), // biome-ignore format: one line a branch
  branch(3, 1, [[0, 0, 30], [-50, 0, 30]]), // biome-ignore format: one line a branch
  branch(4, null, [[0, 40, 0], [0, 40, 30]], "hepatic"), // biome-ignore format: one line a branch
];

function along(from: PointLps, to: PointLps) {
  const [start, end] = [from, to].map((point) => placeOnVessel(point, BRANCHES)?.place);
  return start && end ? wayAlongVessel(BRANCHES, start, end) : null;
}

describe("lengths in patient millimetres", () => {
  it("measures a distance as Pythagoras does", () => {
    expect(distanceMm([1, 2, 3], [3, 5, 9])).toBe(7);
  });

  it("goes in to the fork and out again", () => {
    const way = along([30, 0, 30], [-50, 0, 30]);
    expect(way && lengthMm(way)).toBeCloseTo(80);
    expect(way?.[0]).toEqual([30, 0, 30]);
    expect(way?.[way.length - 1]).toEqual([-50, 0, 30]);
  });

  it("goes along one branch between its points, either way", () => {
    expect(lengthMm(along([0, 0, 4], [0, 0, 25]) ?? [])).toBeCloseTo(21);
    expect(lengthMm(along([0, 0, 25], [0, 0, 4]) ?? [])).toBeCloseTo(21);
  });

  it("counts a place on the wall from the centre line beside it", () => {
    expect(lengthMm(along([5, 0, 5], [0, 4, 25]) ?? [])).toBeCloseTo(20);
  });

  it("finds no way between trees", () => {
    expect(along([0, 0, 5], [0, 40, 5])).toBeNull();
  });
});

describe("an angle", () => {
  it.each([0, 30, 90, 135, 179.999, 180])("of %d degrees is that", (degrees) => {
    const arm = (degrees * Math.PI) / 180;
    const angle = angleDegrees([12, 0, 0], [2, 0, 0], [2 + 40 * Math.cos(arm), 40 * Math.sin(arm), 0]);
    expect(angle).toBeCloseTo(degrees, 8);
  });

  it("has no size where an arm has no length", () => {
    expect(angleDegrees([1, 1, 1], [1, 1, 1], [5, 0, 0])).toBeNull();
  });
});
