import { describe, expect, it } from "vitest";
import { placeOf, placeOnRay, readAt, SheetError, sheetOf } from "../../src/flat-cut/sheet";
import type { ResectogramSheet } from "../../src/protocol";

const ABOUT: ResectogramSheet = {
  asset: "a".repeat(64),
  columns: 5,
  rows: 4,
  step_mm: 2,
  first_u_mm: -4,
  first_v_mm: 3,
  origin_lps_mm: [10, 20, 30],
  viewer_lps: [0, 0, 1],
  edges: ["R", "L", "S", "I"],
  cut_area_mm2: 80,
  least_margin_mm: 1,
  near_areas_mm2: [0, 4, 8],
  lengths_percent: [0, 0],
  off_cut_mm: 0,
  whole: true,
  vessels: [],
  tumours: [],
};

/** The plane z = 30 mm, x along u and y along v; margin grows with the column, no position in the last row. */
function bytesOf(): Uint8Array<ArrayBuffer> {
  const count = ABOUT.rows * ABOUT.columns;
  const shorts = new Int16Array(6 * count);
  for (let n = 0; n < count; n++) {
    const [row, column] = [Math.floor(n / ABOUT.columns), n % ABOUT.columns];
    shorts[n] = 100 + column;
    shorts[count + n] = row === 0 ? -1 : 100 * column;
    shorts[2 * count + n] = row === 3 ? 0 : column === 4 ? 1 : 1 | 2 | (column === 0 ? 8 : 0);
    shorts[3 * count + n] = row === 3 ? -32768 : 100 * (-4 + 2 * column);
    shorts[4 * count + n] = row === 3 ? -32768 : 100 * (3 - 2 * row);
    shorts[5 * count + n] = row === 3 ? -32768 : 0;
  }
  return new Uint8Array(shorts.buffer);
}

const SHEET = sheetOf(ABOUT, bytesOf());

describe("a cut laid flat", () => {
  it("says of a place where it lies in the patient and what is there", () => {
    const read = readAt(SHEET, { u: 0.4, v: 1.3 });
    expect(read?.point).toEqual([10, 21, 30]);
    expect(read).toMatchObject({ marginMm: 2, hu: 102, inLiver: true, bounds: true, inTumour: false });
  });

  it("knows tumours, other cuts, and places without a margin", () => {
    expect(readAt(SHEET, placeOf(SHEET, 1, 0))?.inTumour).toBe(true);
    expect(readAt(SHEET, placeOf(SHEET, 1, 4))).toMatchObject({ inLiver: true, bounds: false });
    expect(readAt(SHEET, placeOf(SHEET, 0, 1))?.marginMm).toBeNull();
  });

  it("says nothing beside the picture and where there is no cut", () => {
    expect(readAt(SHEET, { u: 40, v: 0 })).toBeNull();
    expect(readAt(SHEET, placeOf(SHEET, 3, 2))).toBeNull();
  });

  it("finds the place that a ray from the resected side meets", () => {
    const met = placeOnRay(SHEET, [12, 23, 90], [0, 0, -5]);
    expect(met?.place).toEqual({ u: 2, v: 3 });
    expect(met?.away).toBeCloseTo(60);
  });

  it("is not met from the remnant's side, from behind the eye or beside it", () => {
    expect(placeOnRay(SHEET, [12, 23, -90], [0, 0, 1])).toBeNull();
    expect(placeOnRay(SHEET, [12, 23, 20], [0, 0, -1])).toBeNull();
    expect(placeOnRay(SHEET, [60, 23, 90], [0, 0, -1])).toBeNull();
  });

  it("reads an asset that begins at an odd address, and refuses one of another size", () => {
    const odd = new Uint8Array(bytesOf().byteLength + 1);
    odd.set(bytesOf(), 1);
    expect(readAt(sheetOf(ABOUT, odd.subarray(1)), { u: 0, v: 1 })).toEqual(readAt(SHEET, { u: 0, v: 1 }));
    expect(() => sheetOf(ABOUT, bytesOf().subarray(2))).toThrow(SheetError);
  });
});
