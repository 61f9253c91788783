import { Vector3 } from "three";
import { describe, expect, it } from "vitest";
import { directionOf, planeThrough } from "../../src/geometry/snap";

const along = (from: Vector3, way: Vector3, count = 9) =>
  Array.from({ length: count }, (_, n) => from.clone().addScaledVector(way, n / (count - 1)));

const distances = (line: readonly Vector3[], pose: { point: Vector3; normal: Vector3 }) =>
  line.map((point) => Math.abs(point.clone().sub(pose.point).dot(pose.normal)));

describe("a plane laid through veins", () => {
  const near = { point: new Vector3(), normal: new Vector3(-0.9, 0.1, 0.3).normalize() };
  const one = along(new Vector3(0.02, 0.1, -0.05), new Vector3(0.01, -0.04, 0.12));
  const other = along(new Vector3(-0.03, 0.11, -0.05), new Vector3(0.01, -0.04, 0.12));

  it("contains a straight vein and turns no more than it must", () => {
    const pose = planeThrough([one], near);
    expect(Math.max(...distances(one, pose))).toBeLessThan(1e-9);
    const way = directionOf(one);
    const least = Math.PI / 2 - near.normal.angleTo(way);
    expect(near.normal.angleTo(pose.normal)).toBeCloseTo(Math.abs(least), 6);
  });

  it("contains two veins that run side by side, and faces the same side as before", () => {
    const pose = planeThrough([one, other], near);
    expect(Math.max(...distances([...one, ...other], pose))).toBeLessThan(1e-9);
    expect(pose.normal.dot(near.normal)).toBeGreaterThan(0);
  });

  it("falls back to the least turn where two veins lie on one line", () => {
    const beyond = along(new Vector3(0.03, 0.06, 0.07), new Vector3(0.01, -0.04, 0.12));
    const pose = planeThrough([one, beyond], near);
    expect(pose.normal.length()).toBeCloseTo(1, 9);
    expect(Math.max(...distances(one, pose))).toBeLessThan(0.002);
  });

  it("has a normal even where the plane before was square to the vein", () => {
    const pose = planeThrough([one], { point: new Vector3(), normal: directionOf(one) });
    expect(Math.abs(pose.normal.dot(directionOf(one)))).toBeLessThan(1e-9);
  });
});
