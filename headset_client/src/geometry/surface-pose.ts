// A curved resection between the wire (LPS mm) and the patient group (glTF metres).
import { type Matrix4, Vector3 } from "three";
import type { SurfaceResectionState } from "../protocol";
import { CONTROL_POINTS, type ControlNet, SIDE } from "./bezier";
import { gltfFromLps, lpsFromGltf } from "./patient-frame";
import { inPlaneAxes, type PlanePose, rounded, sheetHalfSize } from "./plane-pose";
import { flatNet } from "./surface-groups";

const point = new Vector3();

/** Writes the control points, glTF metres, into `target`. */
export function netFromResection(
  resection: SurfaceResectionState,
  target: ControlNet = new Float64Array(3 * CONTROL_POINTS),
): ControlNet {
  resection.control_points_lps_mm.forEach((lps, index) => {
    gltfFromLps(lps, point).toArray(target, 3 * index);
  });
  return target;
}

export function resectionFromNet(resectionId: string, net: ControlNet): SurfaceResectionState {
  return {
    resection_id: resectionId,
    kind: "surface",
    control_points_lps_mm: Array.from({ length: CONTROL_POINTS }, (_, index) =>
      rounded(lpsFromGltf(point.fromArray(net, 3 * index)), 4),
    ),
  };
}

export function transformedNet(net: ControlNet, transform: Matrix4): ControlNet {
  const moved = new Float64Array(net);
  for (let index = 0; index < CONTROL_POINTS; index++) {
    point
      .fromArray(net, 3 * index)
      .applyMatrix4(transform)
      .toArray(moved, 3 * index);
  }
  return moved;
}

/** The same surface seen from the other side: its columns run the other way, so its normal is reversed. */
export function flippedNet(net: ControlNet): ControlNet {
  const turned = new Float64Array(net);
  for (let index = 0; index < CONTROL_POINTS; index++) {
    const mirrored = SIDE * Math.floor(index / SIDE) + (SIDE - 1 - (index % SIDE));
    point.fromArray(net, 3 * mirrored).toArray(turned, 3 * index);
  }
  return turned;
}

/** A flat surface in the place of a plane, as large as the organ of half size `halfSize`. */
export function surfaceFromPlane(resectionId: string, pose: PlanePose, halfSize: Vector3): SurfaceResectionState {
  const { right, up } = inPlaneAxes(pose.normal);
  const { halfWidth, halfHeight } = sheetHalfSize(pose.normal, halfSize);
  return resectionFromNet(resectionId, flatNet(pose.point, right, up, 0.82 * halfWidth, 0.82 * halfHeight));
}
