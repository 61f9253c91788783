import { describe, expect, test } from "vitest";
import { viewNumbers } from "../../src/panels/numbers-view";
import type { SceneManifest, TumourMargin } from "../../src/protocol";
import { planNumbers } from "../session/fixtures";

const scene = { structures: [{ name: "tumour_01", title: "Tumour 1" }] } as unknown as SceneManifest;
const view = (changes: Partial<ReturnType<typeof planNumbers>>) =>
  viewNumbers(
    { numbers: { ...planNumbers(61.25), ...changes }, revision: 1, previewBy: null, sequence: null, stale: false },
    scene,
  );

function margin(minimum_mm: number, status: TumourMargin["status"]): TumourMargin {
  return {
    tumour: "tumour_01",
    minimum_mm,
    status,
    nearest_lps_mm: null,
    fifth_percentile_mm: null,
    under_1_mm2: null,
    under_5_mm2: null,
    under_10_mm2: null,
  };
}

describe("numbers in words", () => {
  test("FLR has one decimal and its denominator is named", () => {
    expect(view({}).flr).toBe("61.3");
    expect(view({}).denominator).toBe("of total liver volume, tumours included");
  });

  test("volumes are those of the liver", () => {
    const volumes = [{ name: "liver", total_ml: 1489.4, resected_ml: 835.2, remnant_ml: 654.2 }];
    expect(view({ volumes })).toMatchObject({
      total: "1\u202f489\u00a0mL",
      remnant: "654\u00a0mL",
      resected: "835\u00a0mL",
    });
  });

  test.each([
    [0.4, "remnant", "tight"],
    [1, "remnant", "near"],
    [9.99, "resected", "near"],
    [10, "resected", "clear"],
    [0, "crossed", "crossed"],
  ] as const)("a margin of %f mm (%s) is %s", (minimum_mm, status, level) => {
    expect(view({ margins: [margin(minimum_mm, status)] }).margins[0]?.level).toBe(level);
  });

  test("vessels are counted by tree with the widest named", () => {
    const crossing = (diameter_mm: number) => ({
      structure: "portal_vein",
      position_lps_mm: [0, 0, 0] as const,
      diameter_mm,
    });
    const { vessels } = view({ vessels_crossed: [crossing(3), crossing(7.25)] });
    expect(vessels).toEqual([{ structure: "portal_vein", title: "portal_vein", count: 2, widest: "7.3\u00a0mm" }]);
    expect(view({ vessels_crossed: null }).vessels).toBeNull();
  });
});
