import { Matrix4, Ray, Vector3 } from "three";
import { describe, expect, it } from "vitest";
import { firstLabel } from "../../src/geometry/segment-march";

/** 10 x 12 x 14 samples of 2 mm, oblique: label 3 fills k from 5 on, 7 a single sample before it. */
function grid() {
  const [ni, nj, nk] = [10, 12, 14] as const;
  const values = new Uint8Array(ni * nj * nk);
  for (let k = 5; k < nk; k++) for (let n = 0; n < ni * nj; n++) values[k * ni * nj + n] = 3;
  values[(2 * nj + 6) * ni + 4] = 7;
  const spaceFromIjk = new Matrix4()
    .makeRotationY(0.4)
    .multiply(new Matrix4().makeScale(0.002, 0.002, 0.002))
    .setPosition(0.3, -0.1, 0.05);
  return { values, shapeIjk: [ni, nj, nk] as const, ijkFromSpace: spaceFromIjk.clone().invert(), spaceFromIjk };
}

const rayTo = (target: Vector3, spaceFromIjk: Matrix4) => {
  const from = new Vector3(target.x, target.y, -40).applyMatrix4(spaceFromIjk);
  return new Ray(from, target.clone().applyMatrix4(spaceFromIjk).sub(from).normalize());
};

describe("the first label on a ray", () => {
  it("is the one that is met first, where it is met", () => {
    const given = grid();
    const hit = firstLabel(rayTo(new Vector3(4, 6, 0), given.spaceFromIjk), given);
    expect(hit?.value).toBe(7);
    const index = hit?.point.clone().applyMatrix4(given.ijkFromSpace) as Vector3;
    expect(index.z).toBeGreaterThan(1.4);
    expect(index.z).toBeLessThan(2.1);
  });

  it("is what lies behind where the ray passes beside", () => {
    const given = grid();
    expect(firstLabel(rayTo(new Vector3(8, 2, 0), given.spaceFromIjk), given)?.value).toBe(3);
  });

  it("is none where the ray misses the volume or looks away", () => {
    const given = grid();
    const away = rayTo(new Vector3(4, 6, 0), given.spaceFromIjk);
    away.direction.negate();
    expect(firstLabel(away, given)).toBeNull();
    expect(firstLabel(rayTo(new Vector3(40, 6, 0), given.spaceFromIjk), given)).toBeNull();
  });
});
