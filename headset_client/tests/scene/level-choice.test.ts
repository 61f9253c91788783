import { describe, expect, test } from "vitest";
import type { StructureAsset, VolumeAsset } from "../../src/protocol";
import { fetchPlan, targetLevels } from "../../src/scene/level-choice";

function structure(name: string, triangles: readonly number[], liesInLiver = false): StructureAsset {
  return {
    name,
    title: name,
    snomed: "",
    colour: "#ffffff",
    lies_in_liver: liesInLiver,
    longest_axial_mm: null,
    volume_ml: 1,
    bounds_lps_mm: [
      [0, 0, 0],
      [1, 1, 1],
    ],
    levels: triangles.map((count, level) => ({
      level,
      asset: `${name}-${level}`,
      bytes: count,
      triangles: count,
      error_mm: level,
    })),
  };
}

function volume(name: VolumeAsset["name"]): VolumeAsset {
  return {
    name,
    detail: "full",
    slabs: [{ first_k: 0, slices: 1, asset: name, bytes: 1 }],
    bytes_per_sample: 1,
    shape_ijk: [1, 1, 1],
    lps_from_ijk: new Array(16).fill(0),
    value_low: 0,
    value_high: 1,
  };
}

const scene = [
  structure("spleen", [50_000, 5_000]),
  structure("portal_vein", [60_000, 20_000, 4_000], true),
  structure("liver", [100_000, 30_000, 6_000]),
  structure("tumour_01", [10_000, 1_000], true),
];

describe("levels", () => {
  test("the budget counts every pass a triangle is rendered in", () => {
    // Coarse: spleen 5 + portal 2 x 4 + liver 3 x 6 + tumour 1 = 32 thousand.
    const chosen = targetLevels(scene, 150_000);
    expect(chosen.get("liver")).toBe(1); // 3 x 24 thousand more: 104
    expect(chosen.get("tumour_01")).toBe(0); // 9 thousand more: 113
    expect(chosen.get("portal_vein")).toBe(1); // 2 x 16 thousand more: 145
    expect(chosen.get("spleen")).toBe(1); // nothing left
  });

  test("even without budget every structure is shown coarsely", () => {
    expect([...targetLevels(scene, 0).values()]).toEqual([1, 2, 2, 1]);
  });
});

describe("order of fetching", () => {
  const steps = fetchPlan(scene, [volume("ct"), volume("liver_distance"), volume("tumour_distance")], 150_000);
  const names = steps.map((step) => (step.kind === "mesh" ? step.asset : step.volume.name));

  test("is everything coarse, the fields, what lies in the liver finer, and the CT last", () => {
    expect(names).toEqual([
      "liver-2",
      "tumour_01-1",
      "portal_vein-2",
      "spleen-1",
      "liver_distance",
      "tumour_distance",
      "liver-1",
      "tumour_01-0",
      "portal_vein-1",
      "ct",
    ]);
  });
});
