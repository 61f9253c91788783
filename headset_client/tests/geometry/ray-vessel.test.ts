import { Ray, Vector3 } from "three";
import { describe, expect, it } from "vitest";
import { vesselOnRay } from "../../src/geometry/ray-vessel";

const straight = (x: number) => [new Vector3(x, -0.05, 0), new Vector3(x, 0.05, 0)];
const vessels = [
  { number: 4, line: straight(0), radius: 0.004 },
  { number: 9, line: straight(0.03), radius: 0.002 },
];
const at = (x: number) => new Ray(new Vector3(x, 0, 1), new Vector3(0, 0, -1));

describe("the vessel that a ray points at", () => {
  it("is the one whose wall the ray meets", () => {
    expect(vesselOnRay(at(0.0035), vessels, 0)?.number).toBe(4);
    expect(vesselOnRay(at(0.0285), vessels, 0)?.number).toBe(9);
  });

  it("is none between vessels", () => {
    expect(vesselOnRay(at(0.015), vessels, 0)).toBeNull();
  });

  it("may be missed by a little, more from far away", () => {
    expect(vesselOnRay(at(0.01), vessels, 0)).toBeNull();
    expect(vesselOnRay(at(0.01), vessels, 1)?.number).toBe(4);
  });
});
