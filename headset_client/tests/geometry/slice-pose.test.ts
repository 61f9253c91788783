import { describe, expect, it } from "vitest";
import { atShare, boxOfCt, middleOf, placeOf, shareOf, sliceThrough, stepped } from "../../src/geometry/slice-pose";
import type { PointLps } from "../../src/protocol";

/** 10 x 20 x 4 samples of 2 x 1 x 5 mm, the first at (-10, 5, 100), slices running downwards. */
const ct = boxOfCt({
  lps_from_ijk: [2, 0, 0, -10, 0, 1, 0, 5, 0, 0, -5, 100, 0, 0, 0, 1],
  shape_ijk: [10, 20, 4],
});
const LOOK: PointLps = [0, 3, 4];
const rounded = (values: readonly number[]) => values.map((value) => Math.round(value * 1e6) / 1e6);

describe("the box of a CT", () => {
  it("ends half a sample beyond the outer samples and knows its thinnest step", () => {
    expect(rounded(middleOf(ct))).toEqual([-1, 14.5, 92.5]);
    const heights = ct.cornersLpsMm.map(([, , z]) => z);
    expect([Math.min(...heights), Math.max(...heights), ct.stepMm]).toEqual([82.5, 102.5, 1]);
  });
});

describe("a free slice", () => {
  it("goes by its name through the patient's directions, whichever way the scan was stored", () => {
    const up = stepped(sliceThrough("axial", [0, 10, 90], LOOK), 3, ct);
    expect([up.pointLpsMm, placeOf(up)]).toEqual([[0, 10, 93], { letter: "S", mm: 93 }]);
    const forward = stepped(sliceThrough("coronal", [0, 10, 90], LOOK), 3, ct);
    expect([forward.pointLpsMm, placeOf(forward)]).toEqual([[0, 7, 90], { letter: "P", mm: 7 }]);
    const rightward = stepped(sliceThrough("sagittal", [0, 10, 90], LOOK), 3, ct);
    expect([rightward.pointLpsMm, placeOf(rightward)]).toEqual([[-3, 10, 90], { letter: "R", mm: 3 }]);
  });

  it("lies at right angles to the look when it is oblique, and has no letter", () => {
    const oblique = sliceThrough("oblique", [0, 10, 90], LOOK);
    expect(rounded(oblique.normalLps)).toEqual([0, 0.6, 0.8]);
    expect(placeOf(oblique)).toBeNull();
  });

  it("stays in the CT", () => {
    expect(stepped(sliceThrough("axial", [0, 10, 90], LOOK), 500, ct).pointLpsMm[2]).toBeCloseTo(102.5);
    expect(stepped(sliceThrough("axial", [0, 10, 90], LOOK), -500, ct).pointLpsMm[2]).toBeCloseTo(82.5);
  });

  it.each([0, 0.25, 1])("is where a slider at %s puts it", (share) => {
    const oblique = sliceThrough("oblique", [0, 10, 90], LOOK);
    expect(shareOf(atShare(oblique, share, ct), ct)).toBeCloseTo(share);
  });
});
