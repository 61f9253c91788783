import { PerspectiveCamera, Vector3 } from "three";
import { expect, test } from "vitest";
import { pixelsPerMm, scaleBar, scaleBarLabel } from "../../src/geometry/scale-bar";

test("a millimetre at the focus distance is as many pixels as the camera projects", () => {
  const camera = new PerspectiveCamera(28, 1.6, 0.01, 10);
  camera.position.set(0, 0, 0.7);
  camera.updateMatrixWorld();
  const project = (x: number) => new Vector3(x, 0, 0).project(camera).x * 0.5 * 1280;
  expect(pixelsPerMm(800, 28, 0.7, 0.001)).toBeCloseTo(project(0.001) - project(0), 6);
});

test.each([
  [3.4, 170, 50],
  [1.2, 170, 100],
  [30, 170, 5],
  [0.1, 170, 1000],
])("at %f pixels a millimetre the bar is %f pixels at most and %f mm long", (perMm, maxPixels, lengthMm) => {
  const bar = scaleBar(perMm, maxPixels);
  expect(bar.lengthMm).toBe(lengthMm);
  expect(bar.widthPixels).toBeLessThanOrEqual(maxPixels);
});

test("lengths are written in millimetres without noise", () => {
  expect(scaleBarLabel(50)).toBe("50 mm");
  expect(scaleBarLabel(0.2)).toBe("0.2 mm");
});
