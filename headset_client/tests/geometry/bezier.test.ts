import { Vector3 } from "three";
import { describe, expect, test } from "vitest";
import { type ControlNet, hasSides, SurfaceFrame, surfacePoint } from "../../src/geometry/bezier";
import { HeightField } from "../../src/geometry/height-field";
import { flatNet, groupOf, pulled, withMoved } from "../../src/geometry/surface-groups";
import { flippedNet } from "../../src/geometry/surface-pose";
import { BENT_NET, SIGNED_POINTS, SIGNED_VALUES } from "./surface-values";

const RIGHT = new Vector3(1, 0, 0);
const UP = new Vector3(0, 1, 0);
const flat = () => flatNet(new Vector3(5, 6, 7), RIGHT, UP, 30, 20);
const net = (): ControlNet => new Float64Array(BENT_NET);

/** Over a box of 200 mm a side around the origin. */
function fieldOf(points: ControlNet): HeightField {
  const field = new HeightField();
  field.fill(points, new Vector3(), new Vector3(100, 100, 100), 0);
  return field;
}

describe("a Bezier surface", () => {
  test("goes through its corners", () => {
    const points = net();
    for (const [u, v, index] of [
      [0, 0, 0],
      [1, 0, 3],
      [0, 1, 12],
      [1, 1, 15],
    ] as const) {
      const corner = new Vector3().fromArray(points, 3 * index);
      expect(surfacePoint(points, u, v).distanceTo(corner)).toBeLessThan(1e-12);
    }
  });

  test("has a right-handed frame whose normal is u x v", () => {
    const { x, y, normal, origin } = new SurfaceFrame().fitTo(flat());
    expect(origin.distanceTo(new Vector3(5, 6, 7))).toBeLessThan(1e-12);
    expect(normal.distanceTo(new Vector3(0, 0, 1))).toBeLessThan(1e-12);
    expect(new Vector3().crossVectors(x, y).distanceTo(normal)).toBeLessThan(1e-12);
  });

  test("has two sides until a row turns back on itself", () => {
    expect(hasSides(net(), 1)).toBe(true);
    const folded = withMoved(flat(), [5], new Vector3(25, 0, 0));
    expect(hasSides(folded, 1)).toBe(false);
  });
});

describe("the height field", () => {
  test("of a flat surface is flat everywhere, far beyond the patch too", () => {
    const field = fieldOf(flat());
    expect(Math.max(...field.heights.map(Math.abs))).toBeLessThan(1e-4);
    expect(field.signed(new Vector3(-90, 80, 17))).toBeCloseTo(10, 3);
  });

  test("agrees with the engine inside and beyond the patch", () => {
    const field = fieldOf(net());
    const worst = SIGNED_POINTS.map((point, n) =>
      Math.abs(field.signed(new Vector3().fromArray(point as number[])) - (SIGNED_VALUES[n] as number)),
    );
    // Samples every 3.5 mm, read linearly.
    expect(Math.max(...worst)).toBeLessThan(0.3);
  });

  test("of a flipped surface has the other sign", () => {
    const field = fieldOf(flippedNet(net()));
    const worst = SIGNED_POINTS.map((point, n) =>
      Math.abs(field.signed(new Vector3().fromArray(point as number[])) + (SIGNED_VALUES[n] as number)),
    );
    expect(Math.max(...worst)).toBeLessThan(0.3);
  });

  test("is zero on the surface itself", () => {
    const points = net();
    const field = fieldOf(points);
    for (let n = 0; n <= 10; n++) {
      expect(Math.abs(field.signed(surfacePoint(points, n / 10, 1 - n / 10)))).toBeLessThan(0.2);
    }
  });
});

describe("handles", () => {
  test("take their group along, the dragged point first", () => {
    expect(groupOf(6, "point")).toEqual([6]);
    expect(groupOf(6, "row")).toEqual([6, 4, 5, 7]);
    expect(groupOf(6, "column")).toEqual([6, 2, 10, 14]);
    expect(groupOf(6, "block")).toEqual([6, 2, 3, 7]);
    expect(groupOf(6, "middle")).toEqual([6, 5, 9, 10]);
    expect(groupOf(0, "middle")).toEqual([5, 6, 9, 10]);
  });

  test("move their points and no others", () => {
    const by = new Vector3(1, 2, 3);
    const moved = withMoved(flat(), [6, 7], by);
    flat().forEach((value, at) => {
      const isMoved = at >= 18 && at < 24;
      expect(moved[at]).toBeCloseTo(value + (isMoved ? by.getComponent(at % 3) : 0), 12);
    });
  });

  test("a pull moves the surface where it was taken by just that much", () => {
    const by = new Vector3(0, 0, 12);
    for (const [u, v] of [
      [0.5, 0.5],
      [0.1, 0.8],
      [0, 0],
    ] as const) {
      const before = surfacePoint(net(), u, v);
      const after = surfacePoint(pulled(net(), u, v, by), u, v);
      expect(after.sub(before).distanceTo(by)).toBeLessThan(1e-9);
    }
  });
});
