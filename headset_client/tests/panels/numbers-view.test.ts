import { describe, expect, test } from "vitest";
import { viewNumbers } from "../../src/panels/numbers-view";
import type { CutBranch, SceneManifest, TumourMargin } from "../../src/protocol";
import { planNumbers } from "../session/fixtures";

const scene = { structures: [{ name: "tumour_01", title: "Tumour 1" }], branches: [] } as unknown as SceneManifest;
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

  test("cut branches are listed widest first, and not at all while they are not counted", () => {
    const cut = (calibre_mm: number): CutBranch => ({
      branch: 1,
      tree: "portal",
      name: "",
      title: `${calibre_mm}`,
      calibre_mm,
      position_lps_mm: [0, 0, 0],
      severs: true,
      territory_ml: 10,
      remnant_lost_ml: 5,
    });
    const { cutBranches } = view({ cut_branches: [cut(3), cut(7.25)] });
    expect(cutBranches?.map((branch) => branch.calibre_mm)).toEqual([7.25, 3]);
    expect(view({ cut_branches: null }).cutBranches).toBeNull();
    const sources = ["voxel_size"] as const;
    const intervals = [{ quantity: "calibre_mm", of: "cut_branch_1", low: 2.4, high: 4.5, sources }] as const;
    expect(view({ cut_branches: [cut(3), cut(7.25)], intervals }).calibreIntervals).toEqual([null, "2.4–4.5"]);
  });

  test("what the cut comes near to is listed with how far that is known, what is far away is not", () => {
    const near = (name: string, distance_mm: number) =>
      ({
        name,
        title: name,
        kind: "organ",
        is_touched: distance_mm < 3,
        distance_mm,
        nearest_lps_mm: [0, 0, 0],
      }) as const;
    const sources = ["voxel_size"] as const;
    const shown = view({
      surroundings: [near("gallbladder", 1), near("vena cava", 12.4), near("spleen", 70)],
      intervals: [{ quantity: "distance_mm", of: "vena cava", low: 11.4, high: 13.4, sources }],
    });
    expect(shown.near).toEqual([
      { title: "gallbladder", value: "touched", interval: null, touched: true },
      { title: "vena cava", value: "12.4\u00a0mm", interval: "11.4–13.4", touched: false },
    ]);
  });

  test("branches of one name that lose liver add up, and so do their intervals", () => {
    const sources = ["voxel_size"] as const;
    const lost = (branch: number, volume_ml: number) => ({ branch, name: "", title: "Portal branch", volume_ml });
    const numbers = planNumbers(61.25);
    const shown = view({
      function: {
        functional_flr_percent: 50,
        functional_flr_tumour_free_percent: 50,
        numerator: "functional_remnant_volume",
        denominator: "total_liver_volume",
        numerator_ml: 500,
        denominator_ml: 1000,
        functional_ml: 500,
        devascularised_ml: 50,
        congested_ml: 0,
        both_ml: 0,
        not_assigned_ml: 0,
        direct_ml: 0,
        unsure_ml: 0,
        unseen_ml: 0,
        devascularised_by_branch: [lost(2, 20), lost(3, 30)],
        congested_by_branch: [],
      },
      intervals: [
        { quantity: "devascularised_ml", of: "branch_2", low: 18, high: 22, sources },
        { quantity: "devascularised_ml", of: "branch_3", low: 27, high: 33, sources },
      ],
      volumes: numbers.volumes,
    });
    expect(shown.function?.losses[0]?.branches).toEqual([["Portal branch", "50\u00a0mL (45–55)"]]);
  });

  test("an interval stands beside the number it belongs to", () => {
    const sources = ["voxel_size"] as const;
    const intervals = [
      { quantity: "remnant_ml", of: "liver", low: 398.2, high: 427.4, sources },
      { quantity: "flr_percent", of: "", low: 40.12, high: 43.9, sources },
      { quantity: "margin_mm", of: "tumour_01", low: 2, high: 5.5, sources },
    ] as const;
    const shown = view({ intervals, margins: [margin(4, "remnant")] });
    expect(shown.remnantInterval).toBe("398–427");
    expect(shown.flrInterval).toBe("40.1–43.9");
    expect(shown.margins[0]?.interval).toBe("2.0–5.5");
    expect(shown.resectedInterval).toBeNull();
  });

  test("what a preview has not computed is absent, not zero", () => {
    const shown = view({ margins: [margin(4, "remnant")] });
    expect(shown.function).toBeNull();
    expect(shown.cutArea).toBeNull();
    expect(shown.margins[0]?.details).toBeNull();
  });

  test("a remnant in pieces is said, crumbs are not", () => {
    const piece = (volume_ml: number, is_islet: boolean) =>
      ({ side: "remnant", volume_ml, centre_lps_mm: [0, 0, 0], is_islet }) as const;
    expect(view({ pieces: [piece(800, false), piece(0.2, true)] }).pieces).toBeNull();
    expect(view({ pieces: [piece(800, false), piece(90, true)] }).pieces).toBe("The remnant falls into 2 pieces.");
  });
});
