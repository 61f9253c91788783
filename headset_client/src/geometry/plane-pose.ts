// A resection plane as a point and a unit normal in the patient group (glTF metres), and how it is moved.
import { Matrix4, Quaternion, Vector3 } from "three";
import type { PlaneResectionState, PointLps } from "../protocol";
import { gltfDirectionFromLps, gltfFromLps, lpsDirectionFromGltf, lpsFromGltf, MM_PER_METRE } from "./patient-frame";

/** The side `normal` points to is resected. */
export interface PlanePose {
  readonly point: Vector3;
  readonly normal: Vector3;
}

const SUPERIOR = new Vector3(0, 1, 0);
const ANTERIOR = new Vector3(0, 0, 1);

export function poseFromResection(resection: PlaneResectionState): PlanePose {
  return {
    point: gltfFromLps(resection.point_lps_mm),
    normal: gltfDirectionFromLps(resection.normal_lps).normalize(),
  };
}

export function resectionFromPose(resectionId: string, pose: PlanePose): PlaneResectionState {
  return {
    resection_id: resectionId,
    kind: "plane",
    point_lps_mm: rounded(lpsFromGltf(pose.point), 4),
    normal_lps: rounded(lpsDirectionFromGltf(pose.normal), 7),
  };
}

/** Fewer digits than a double: 0.1 micrometres are enough and keep messages short. */
export function rounded(values: PointLps, digits: number): PointLps {
  const scale = 10 ** digits;
  const round = (value: number) => Math.round(value * scale) / scale;
  return [round(values[0]), round(values[1]), round(values[2])];
}

export function signedDistance(pose: PlanePose, point: Vector3): number {
  return pose.normal.dot(point) - pose.normal.dot(pose.point);
}

/** The same plane with its point at the foot of `centre`, so that handles stay at the organ. */
export function centredOn(pose: PlanePose, centre: Vector3): PlanePose {
  const point = centre.clone().addScaledVector(pose.normal, -signedDistance(pose, centre));
  return { point, normal: pose.normal.clone() };
}

/** Moved along its normal; positive takes the plane into the resected side (the remnant grows). */
export function movedAlongNormal(pose: PlanePose, distanceMm: number): PlanePose {
  return {
    point: pose.point.clone().addScaledVector(pose.normal, distanceMm / MM_PER_METRE),
    normal: pose.normal.clone(),
  };
}

export function rotatedAbout(pose: PlanePose, axis: Vector3, radians: number): PlanePose {
  return { point: pose.point.clone(), normal: pose.normal.clone().applyAxisAngle(axis, radians).normalize() };
}

/** Resected and remnant change sides. */
export function flipped(pose: PlanePose): PlanePose {
  return { point: pose.point.clone(), normal: pose.normal.clone().negate() };
}

/**
 * In-plane axes: `up` is the patient's superior direction laid into the plane (anterior for a plane that lies flat).
 * A function of the normal alone, so that every client draws the sheet alike.
 */
export function inPlaneAxes(
  normal: Vector3,
  right = new Vector3(),
  up = new Vector3(),
): { right: Vector3; up: Vector3 } {
  const reference = Math.abs(normal.dot(SUPERIOR)) < 0.94 ? SUPERIOR : ANTERIOR;
  up.copy(reference).addScaledVector(normal, -reference.dot(normal)).normalize();
  right.crossVectors(up, normal);
  return { right, up };
}

const basis = new Matrix4();
const rightHelper = new Vector3();
const upHelper = new Vector3();

/** Orientation of the sheet: local +Z is the normal, local +Y is `up`. */
export function sheetQuaternion(normal: Vector3, target = new Quaternion()): Quaternion {
  inPlaneAxes(normal, rightHelper, upHelper);
  return target.setFromRotationMatrix(basis.makeBasis(rightHelper, upHelper, normal));
}

/** Half the width and height of a sheet that covers a box of half size `halfSize`, with a margin around it. */
export function sheetHalfSize(normal: Vector3, halfSize: Vector3): { halfWidth: number; halfHeight: number } {
  const { right, up } = inPlaneAxes(normal, rightHelper, upHelper);
  // The support of the ellipsoid inscribed in the box; a liver fills its box's corners a little more than that.
  const support = (axis: Vector3) =>
    1.12 * Math.hypot(axis.x * halfSize.x, axis.y * halfSize.y, axis.z * halfSize.z) + 0.012;
  return { halfWidth: support(right), halfHeight: support(up) };
}

/**
 * A first plane to start from. With gallbladder and inferior vena cava it is Cantlie's plane: through both and along
 * the patient's axis (right hemihepatectomy); otherwise the sagittal plane through the liver's centre.
 * The patient's right is resected.
 */
export function proposedStart(liverCentre: Vector3, gallbladder: Vector3 | null, cava: Vector3 | null): PlanePose {
  const right = new Vector3(-1, 0, 0);
  if (!gallbladder || !cava) return { point: liverCentre.clone(), normal: right };
  const along = gallbladder.clone().sub(cava).setY(0);
  if (along.length() < 0.01) return { point: liverCentre.clone(), normal: right };
  const normal = along.normalize().cross(SUPERIOR).normalize();
  if (normal.dot(right) < 0) normal.negate();
  return centredOn({ point: cava.clone(), normal }, liverCentre);
}
