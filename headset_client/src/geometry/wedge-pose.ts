// A wedge between the wire (LPS mm) and the patient group (glTF metres), and how it is moved and resized.
import type { Matrix4, Vector3 } from "three";
import type { ConeShape, SpheroidShape, WedgeResectionState, WedgeShape } from "../protocol";
import { gltfDirectionFromLps, gltfFromLps, lpsDirectionFromGltf, lpsFromGltf, MM_PER_METRE } from "./patient-frame";
import { rounded } from "./plane-pose";

export const LEAST_RADIUS_MM = 2;
const MOST_RADIUS_MM = 400;
const LEAST_ANGLE_DEGREES = 3;
const MOST_ANGLE_DEGREES = 80;

/** Centre of a spheroid or apex of a cone, and its unit axis. */
export interface WedgePose {
  readonly point: Vector3;
  readonly axis: Vector3;
}

export function wedgePose(shape: WedgeShape): WedgePose {
  const point = gltfFromLps(shape.shape === "cone" ? shape.apex_lps_mm : shape.centre_lps_mm);
  return { point, axis: gltfDirectionFromLps(shape.axis_lps).normalize() };
}

export function withPose(shape: WedgeShape, pose: WedgePose): WedgeShape {
  const point = rounded(lpsFromGltf(pose.point), 4);
  const axis = rounded(lpsDirectionFromGltf(pose.axis), 7);
  return shape.shape === "cone"
    ? { ...shape, apex_lps_mm: point, axis_lps: axis }
    : { ...shape, centre_lps_mm: point, axis_lps: axis };
}

/** Moved by hand it keeps no promised margin, so it no longer says that it does. */
export function freed(resection: WedgeResectionState, geometry: WedgeShape): WedgeResectionState {
  return { ...resection, geometry, margin_mm: null };
}

export function transformedWedge(resection: WedgeResectionState, transform: Matrix4): WedgeResectionState {
  const { point, axis } = wedgePose(resection.geometry);
  const moved = { point: point.applyMatrix4(transform), axis: axis.transformDirection(transform) };
  return freed(resection, withPose(resection.geometry, moved));
}

export function clampedRadius(mm: number): number {
  return Math.round(Math.min(MOST_RADIUS_MM, Math.max(LEAST_RADIUS_MM, mm)) * 1e4) / 1e4;
}

/** Which size of a wedge a knob changes. */
export type WedgeKnob = "along" | "across";

export function resizedSpheroid(shape: SpheroidShape, knob: WedgeKnob, byMm: number): SpheroidShape {
  return knob === "along"
    ? { ...shape, radius_along_mm: clampedRadius(shape.radius_along_mm + byMm) }
    : { ...shape, radius_across_mm: clampedRadius(shape.radius_across_mm + byMm) };
}

/** `along` moves the base, `across` the rim of the base. */
export function resizedCone(shape: ConeShape, knob: WedgeKnob, byMm: number): ConeShape {
  if (knob === "along") return { ...shape, depth_mm: clampedRadius(shape.depth_mm + byMm) };
  const rim = Math.max(0.1, coneRimMm(shape) + byMm);
  const degrees = (Math.atan2(rim, shape.depth_mm) * 180) / Math.PI;
  const clamped = Math.min(MOST_ANGLE_DEGREES, Math.max(LEAST_ANGLE_DEGREES, degrees));
  return { ...shape, half_angle_degrees: Math.round(clamped * 1e4) / 1e4 };
}

export function coneRimMm(shape: ConeShape): number {
  return shape.depth_mm * Math.tan((shape.half_angle_degrees * Math.PI) / 180);
}

export function resized(shape: WedgeShape, knob: WedgeKnob, byMm: number): WedgeShape {
  return shape.shape === "cone" ? resizedCone(shape, knob, byMm) : resizedSpheroid(shape, knob, byMm);
}

/** Where the knob is, metres from the wedge's point: along its axis and across it. */
export function knobAt(shape: WedgeShape, knob: WedgeKnob): { readonly along: number; readonly across: number } {
  if (shape.shape === "cone") {
    const along = shape.depth_mm / MM_PER_METRE;
    return { along, across: knob === "across" ? coneRimMm(shape) / MM_PER_METRE : 0 };
  }
  return knob === "along"
    ? { along: shape.radius_along_mm / MM_PER_METRE, across: 0 }
    : { along: 0, across: shape.radius_across_mm / MM_PER_METRE };
}
