// Boxes of the manifest (LPS mm) in the patient group's frame (glTF metres).
import type { Vector3 } from "three";
import type { PointLps } from "../protocol";
import { gltfFromLps } from "./patient-frame";

export function centreOfBounds([low, high]: readonly [PointLps, PointLps]): Vector3 {
  return gltfFromLps(low).add(gltfFromLps(high)).multiplyScalar(0.5);
}

/** Half the extent along x, y and z; the axes change sign and order between the frames, so lengths are taken. */
export function halfSizeOfBounds([low, high]: readonly [PointLps, PointLps]): Vector3 {
  const half = gltfFromLps(high).sub(gltfFromLps(low)).multiplyScalar(0.5);
  return half.set(Math.abs(half.x), Math.abs(half.y), Math.abs(half.z));
}
