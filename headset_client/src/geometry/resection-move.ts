// What can be done to any kind of resection: carry it, turn it about, change its sides.
import { Matrix4, Vector3 } from "three";
import type { PlaneResectionState, ResectionState, SegmentAsset } from "../protocol";
import { CONTROL_POINTS, controlPoint } from "./bezier";
import { MM_PER_METRE } from "./patient-frame";
import { flipped, type PlanePose, poseFromResection, resectionFromPose } from "./plane-pose";
import { flippedNet, netFromResection, resectionFromNet, transformedNet } from "./surface-pose";
import { transformedWedge, wedgePose } from "./wedge-pose";

/** Carried by a rigid motion of the patient group; a territory belongs to the liver and stays. */
export function carried(resection: ResectionState, motion: Matrix4): ResectionState {
  switch (resection.kind) {
    case "plane":
      return carriedPlane(resection, motion);
    case "surface":
      return resectionFromNet(resection.resection_id, transformedNet(netFromResection(resection), motion));
    case "wedge":
      return transformedWedge(resection, motion);
    case "territory":
      return resection;
  }
}

function carriedPlane(resection: PlaneResectionState, motion: Matrix4): PlaneResectionState {
  const { point, normal } = poseFromResection(resection);
  return resectionFromPose(resection.resection_id, {
    point: point.applyMatrix4(motion),
    normal: normal.transformDirection(motion),
  });
}

/** Shifted by so many millimetres along a unit direction of the patient group. */
export function shifted(resection: ResectionState, direction: Vector3, mm: number): ResectionState {
  const by = direction.clone().multiplyScalar(mm / MM_PER_METRE);
  return carried(resection, new Matrix4().makeTranslation(by.x, by.y, by.z));
}

/** Turned about its own middle. */
export function turned(resection: ResectionState, middle: Vector3, axis: Vector3, radians: number): ResectionState {
  const motion = new Matrix4()
    .makeTranslation(middle.x, middle.y, middle.z)
    .multiply(new Matrix4().makeRotationAxis(axis, radians))
    .multiply(new Matrix4().makeTranslation(-middle.x, -middle.y, -middle.z));
  return carried(resection, motion);
}

/** Resected and remnant change sides; null where the kind has no other side. */
export function withOtherSide(resection: ResectionState, segments: readonly SegmentAsset[]): ResectionState | null {
  switch (resection.kind) {
    case "plane":
      return resectionFromPose(resection.resection_id, flipped(poseFromResection(resection)));
    case "surface":
      return resectionFromNet(resection.resection_id, flippedNet(netFromResection(resection)));
    case "wedge":
      return null;
    case "territory": {
      const taken = new Set(resection.segments);
      const rest = segments.map((segment) => segment.value).filter((value) => !taken.has(value));
      if (rest.length === 0 || resection.portal_branches.length > 0) return null;
      return { ...resection, segments: rest };
    }
  }
}

/** Where the resection is and the direction it faces, into the resected side; null for a territory. */
export function poseOf(resection: ResectionState): PlanePose | null {
  switch (resection.kind) {
    case "plane":
      return poseFromResection(resection);
    case "surface": {
      const net = netFromResection(resection);
      const point = new Vector3();
      const one = new Vector3();
      for (let n = 0; n < CONTROL_POINTS; n++) point.addScaledVector(controlPoint(net, n, one), 1 / CONTROL_POINTS);
      const along = controlPoint(net, 15).sub(controlPoint(net, 0));
      const across = controlPoint(net, 12).sub(controlPoint(net, 3));
      return { point, normal: along.cross(across).normalize() };
    }
    case "wedge": {
      const { point, axis } = wedgePose(resection.geometry);
      return { point, normal: axis };
    }
    case "territory":
      return null;
  }
}
