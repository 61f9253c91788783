import { Ray, Vector3 } from "three";
import { describe, expect, test } from "vitest";
import { facingParameter, isFacing, lineParameter, tiltFromDrag } from "../../src/geometry/axis-drag";

const eye = new Vector3(0, 0, 1);
const rayThrough = (x: number, y: number, z = 0) => new Ray(eye, new Vector3(x, y, z).sub(eye).normalize());

describe("dragging along a line", () => {
  const line = { origin: new Vector3(0.02, 0.01, 0), direction: new Vector3(1, 0, 0) };

  test("the point under the pointer stays under the pointer", () => {
    const from = lineParameter(rayThrough(0.02, 0.01), line);
    expect(lineParameter(rayThrough(0.12, 0.01), line) - from).toBeCloseTo(0.1, 9);
  });

  test("movement across the line does not move it", () => {
    const from = lineParameter(rayThrough(0.02, 0.01), line);
    expect(lineParameter(rayThrough(0.02, 0.09), line) - from).toBeCloseTo(0, 3);
  });

  test("a slanted line follows the pointer too", () => {
    const slanted = { origin: new Vector3(), direction: new Vector3(0.6, 0, -0.8) };
    const on = slanted.direction.clone().multiplyScalar(0.15);
    expect(lineParameter(rayThrough(on.x, on.y, on.z), slanted)).toBeCloseTo(0.15, 9);
  });
});

describe("a line that points at the viewer", () => {
  const line = { origin: new Vector3(), direction: new Vector3(0, 0, -1) };
  const view = { forward: new Vector3(0, 0, -1), up: new Vector3(0, 1, 0) };

  test("is recognised", () => {
    expect(isFacing(new Vector3(0, 0, -1), line)).toBe(true);
    expect(isFacing(new Vector3(0.6, 0, -0.8), line)).toBe(false);
  });

  test("goes away from the viewer when the pointer goes up", () => {
    expect(facingParameter(rayThrough(0, 0.03), line, view)).toBeCloseTo(0.03, 9);
    const towardsViewer = { origin: new Vector3(), direction: new Vector3(0, 0, 1) };
    expect(facingParameter(rayThrough(0, 0.03), towardsViewer, view)).toBeCloseTo(-0.03, 9);
  });
});

test("a lever tilts by the angle its end was dragged", () => {
  expect(tiltFromDrag(0.1, 0.1)).toBeCloseTo(Math.PI / 4, 12);
  expect(tiltFromDrag(-0.1, 0.1)).toBeCloseTo(-Math.PI / 4, 12);
});
