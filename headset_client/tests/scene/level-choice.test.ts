import { describe, expect, test } from "vitest";
import type { StructureAsset } from "../../src/protocol";
import { chooseLevels, errorPixels, nextLevel, type ShownStructure, type ViewPose } from "../../src/scene/level-choice";

/** Levels finest first, as [triangles, error in mm]; a box of 100 mm around `centre`. */
function structure(
  name: string,
  levels: readonly (readonly [number, number])[],
  centre: readonly [number, number, number] = [0, 0, 0],
): StructureAsset {
  const [x, y, z] = centre;
  return {
    name,
    title: name,
    snomed: "",
    colour: "#ffffff",
    lies_in_liver: name.startsWith("portal") || name.startsWith("tumour"),
    longest_axial_mm: null,
    volume_ml: 1,
    bounds_lps_mm: [
      [x - 50, y - 50, z - 50],
      [x + 50, y + 50, z + 50],
    ],
    levels: levels.map(([triangles, error], level) => ({
      level,
      asset: `${name}-${level}`,
      bytes: triangles * 4,
      triangles,
      error_mm: error,
    })),
  };
}

/** From in front (patient's anterior is -y), `distance` mm from the origin. */
function from(distance: number): ViewPose {
  return {
    eyeLpsMm: [0, -distance, 0],
    forwardLps: [0, 1, 0],
    fieldOfView: Math.PI / 4,
    aspect: 1.5,
    heightPixels: 1000,
  };
}

const LEVELS = [
  [100_000, 0.025],
  [20_000, 0.125],
  [5_000, 0.5],
] as const;

const shown = (asset: StructureAsset, level: number | null = 2, visible = true): ShownStructure => ({
  asset,
  level,
  visible,
});
const levelsOf = (structures: readonly ShownStructure[], view: ViewPose, budget = 1e9) =>
  Object.fromEntries([...chooseLevels(structures, view, budget)].map(([name, { level }]) => [name, level]));

describe("the error on screen", () => {
  test("is the level's error seen from the nearest point of the structure", () => {
    // Sphere around a 100 mm box: 86.6 mm. 1000 px over 2 tan(22.5 degrees) = 1207 px a radian.
    const pixels = errorPixels(structure("spleen", LEVELS), 2, from(1086.6));
    expect(pixels).toBeCloseTo((0.5 / 1000) * 1207.1, 1);
  });

  test("of a structure around the eye is large, not infinite", () => {
    expect(errorPixels(structure("spleen", LEVELS), 2, from(0))).toBeCloseTo((0.5 / 20) * 1207.1, 0);
  });
});

describe("levels", () => {
  const spleen = structure("spleen", LEVELS);

  test("are as fine as can be seen from where the viewer is, and no finer", () => {
    expect(levelsOf([shown(spleen)], from(5000))).toEqual({ spleen: 2 });
    expect(levelsOf([shown(spleen)], from(1500))).toEqual({ spleen: 1 });
    expect(levelsOf([shown(spleen)], from(300))).toEqual({ spleen: 0 });
  });

  test("that are shown stay in a band around the limit, so that a view there does not flap", () => {
    // Level 2 has 0.25 pixels of error at 2414 mm, 0.15 at 4023 mm, both from the near side.
    for (const distance of [2600, 3500, 4000]) {
      expect(levelsOf([shown(spleen, 1)], from(distance))).toEqual({ spleen: 1 });
      expect(levelsOf([shown(spleen, 2)], from(distance))).toEqual({ spleen: 2 });
    }
    expect(levelsOf([shown(spleen, 1)], from(4300))).toEqual({ spleen: 2 });
    expect(levelsOf([shown(spleen, 2)], from(2300))).toEqual({ spleen: 1 });
  });

  test("of what is hidden stay as they are", () => {
    expect(levelsOf([shown(spleen, 2, false)], from(200))).toEqual({ spleen: 2 });
    expect(levelsOf([shown(spleen, 0, false)], from(200))).toEqual({ spleen: 0 });
    expect(levelsOf([shown(spleen, null, false)], from(200))).toEqual({ spleen: 2 });
  });

  test("share a budget that counts every pass a triangle is rendered in, the liver first", () => {
    const liver = structure("liver", LEVELS);
    // Coarse: liver 3 x 5, spleen 5 thousand. Liver at level 0: 3 x 95 thousand more.
    expect(levelsOf([shown(spleen), shown(liver)], from(300), 304_000)).toEqual({ liver: 1, spleen: 0 });
    expect(levelsOf([shown(spleen), shown(liver)], from(300), 306_000)).toEqual({ liver: 0, spleen: 2 });
    expect(levelsOf([shown(spleen), shown(liver)], from(300), 0)).toEqual({ liver: 2, spleen: 2 });
  });

  test("that are all shown are kept through a slight overdraft", () => {
    const liver = structure("liver", LEVELS);
    expect(levelsOf([shown(spleen, 0), shown(liver, 0)], from(300), 350_000)).toEqual({ liver: 0, spleen: 0 });
    expect(levelsOf([shown(spleen, 2), shown(liver, 0)], from(300), 350_000)).not.toEqual({ liver: 0, spleen: 0 });
  });

  test("gain most where one looks", () => {
    const view = from(500);
    const ahead = structure("kidney_a", LEVELS, [0, 0, 0]);
    const beside = structure("kidney_b", LEVELS, [200, 0, 0]);
    const behind = structure("kidney_c", LEVELS, [0, -1000, 0]);
    const order = [...chooseLevels([shown(behind), shown(beside), shown(ahead)], view, 1e9).keys()];
    expect(order).toEqual(["kidney_a", "kidney_b", "kidney_c"]);
  });
});

describe("the level to fetch next", () => {
  const liver = structure("liver", LEVELS); // 400, 80 and 20 kB

  test("is the coarsest where nothing is there", () => {
    expect(nextLevel(liver, null, 0, 1e9)).toBe(2);
  });

  test("is the wanted one where the link is fast or not yet known", () => {
    expect(nextLevel(liver, 2, 0, 1e6)).toBe(0);
    expect(nextLevel(liver, 2, 0, null)).toBe(0);
  });

  test("is one in between where the wanted one takes long", () => {
    expect(nextLevel(liver, 2, 0, 100_000)).toBe(1);
    expect(nextLevel(liver, 1, 0, 100_000)).toBe(0);
    expect(nextLevel(liver, 2, 0, 1_000)).toBe(1);
  });

  test("is the wanted one where a finer one is there", () => {
    expect(nextLevel(liver, 0, 1, 1e6)).toBe(1);
  });
});
