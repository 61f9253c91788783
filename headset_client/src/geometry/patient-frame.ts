// The only module that maps between patient LPS millimetres and glTF metres: (x, y, z) = (L, S, -P) / 1000.
// The determinant is +1, so nothing is mirrored: patient left is +X, superior +Y, anterior +Z.
import { Matrix4, Vector3 } from "three";
import type { PointLps } from "../protocol";

export const MM_PER_METRE = 1000;

/** Writes the glTF point (metres) of an LPS point (mm) into `target`. */
export function gltfFromLps(pointLpsMm: PointLps, target = new Vector3()): Vector3 {
  const [left, posterior, superior] = pointLpsMm;
  return target.set(left / MM_PER_METRE, superior / MM_PER_METRE, -posterior / MM_PER_METRE);
}

/** The LPS point (mm) of a glTF point (metres). */
export function lpsFromGltf(point: Vector3): PointLps {
  return [point.x * MM_PER_METRE, -point.z * MM_PER_METRE, point.y * MM_PER_METRE];
}

/** Writes the glTF direction of an LPS direction into `target`; lengths are kept. */
export function gltfDirectionFromLps(directionLps: PointLps, target = new Vector3()): Vector3 {
  const [left, posterior, superior] = directionLps;
  return target.set(left, superior, -posterior);
}

/** The LPS direction of a glTF direction. */
export function lpsDirectionFromGltf(direction: Vector3): PointLps {
  return [direction.x, -direction.z, direction.y];
}

/** LPS mm from glTF metres. */
export const LPS_FROM_GLTF: Matrix4 = new Matrix4().set(
  ...([MM_PER_METRE, 0, 0, 0] as const),
  ...([0, 0, -MM_PER_METRE, 0] as const),
  ...([0, MM_PER_METRE, 0, 0] as const),
  ...([0, 0, 0, 1] as const),
);

/** Texture coordinates (0 to 1) of a volume from a glTF point, given the row-major `lps_from_ijk` of its samples. */
export function textureFromGltf(lpsFromIjk: readonly number[], shapeIjk: readonly [number, number, number]): Matrix4 {
  const ijkFromLps = new Matrix4().fromArray(lpsFromIjk).transpose().invert();
  const [ni, nj, nk] = shapeIjk;
  // The centre of sample 0 is at texture coordinate 0.5 / n.
  const textureFromIjk = new Matrix4().set(
    ...([1 / ni, 0, 0, 0.5 / ni] as const),
    ...([0, 1 / nj, 0, 0.5 / nj] as const),
    ...([0, 0, 1 / nk, 0.5 / nk] as const),
    ...([0, 0, 0, 1] as const),
  );
  return textureFromIjk.multiply(ijkFromLps).multiply(LPS_FROM_GLTF);
}
