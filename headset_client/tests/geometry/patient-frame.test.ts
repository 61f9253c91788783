import { Matrix4, Vector3 } from "three";
import { describe, expect, test } from "vitest";
import {
  gltfDirectionFromLps,
  gltfFromLps,
  LPS_FROM_GLTF,
  lpsDirectionFromGltf,
  lpsFromGltf,
  textureFromGltf,
} from "../../src/geometry/patient-frame";

describe("patient frame", () => {
  test("patient left is +x, superior +y, anterior +z", () => {
    expect(gltfFromLps([1000, 0, 0]).toArray()).toEqual([1, 0, -0]);
    expect(gltfFromLps([0, 0, 1000]).toArray()).toEqual([0, 1, -0]);
    expect(gltfFromLps([0, -1000, 0]).toArray()).toEqual([0, 0, 1]);
  });

  test("an asymmetric set of points keeps its handedness", () => {
    const [left, posterior, superior] = [
      gltfDirectionFromLps([1, 0, 0]),
      gltfDirectionFromLps([0, 1, 0]),
      gltfDirectionFromLps([0, 0, 1]),
    ];
    // Left x posterior is superior in LPS; a mirrored map would give inferior.
    expect(left.clone().cross(posterior).dot(superior)).toBeCloseTo(1);
    expect(LPS_FROM_GLTF.determinant()).toBeGreaterThan(0);
  });

  test("points and directions come back as they went", () => {
    const point = [12.5, -340.25, 77.125] as const;
    lpsFromGltf(gltfFromLps(point)).forEach((value, axis) => {
      expect(value).toBeCloseTo(point[axis] ?? Number.NaN, 9);
    });
    expect(lpsDirectionFromGltf(gltfDirectionFromLps([0.6, 0, -0.8]))).toEqual([0.6, 0, -0.8]);
  });

  test("the matrix is the same map as the functions", () => {
    const point = gltfFromLps([31, -52, 73]);
    const mapped = point.clone().applyMatrix4(LPS_FROM_GLTF);
    expect(mapped.x).toBeCloseTo(31);
    expect(mapped.y).toBeCloseTo(-52);
    expect(mapped.z).toBeCloseTo(73);
  });
});

describe("texture coordinates of a volume", () => {
  test("the centre of a sample of an oblique, left-handed grid falls on its texel's centre", () => {
    const shape = [40, 30, 20] as const;
    const angle = 0.3;
    const lpsFromIjk = new Matrix4()
      .makeRotationZ(angle)
      .scale(new Vector3(0.8, 0.9, -2.5))
      .setPosition(-120, 40, 900);
    const rowMajor = lpsFromIjk.clone().transpose().toArray();
    const ijk = new Vector3(7, 21, 13);
    const lps = ijk.clone().applyMatrix4(lpsFromIjk);
    const texture = gltfFromLps([lps.x, lps.y, lps.z]).applyMatrix4(textureFromGltf(rowMajor, shape));
    expect(texture.x).toBeCloseTo(7.5 / 40, 6);
    expect(texture.y).toBeCloseTo(21.5 / 30, 6);
    expect(texture.z).toBeCloseTo(13.5 / 20, 6);
  });
});
