// A free slice of the CT: a plane in the patient's frame, LPS millimetres, and how it moves through the box of the CT.
import type { PointLps, VolumeAsset } from "../protocol";

/** As radiologists name them; an oblique one is laid as the eye looks, or as a hand holds it. */
export const SLICE_KINDS = ["axial", "coronal", "sagittal", "oblique"] as const;

export type SliceKind = (typeof SLICE_KINDS)[number];

export interface CtSlice {
  readonly kind: SliceKind;
  readonly pointLpsMm: PointLps;
  /** Unit length; steps go along it. */
  readonly normalLps: PointLps;
}

const NORMALS: Readonly<Record<Exclude<SliceKind, "oblique">, PointLps>> = {
  axial: [0, 0, 1],
  coronal: [0, -1, 0],
  sagittal: [-1, 0, 0],
};

/** Positive and negative along the normals, as patients' directions are lettered. */
const LETTERS: Readonly<Record<Exclude<SliceKind, "oblique">, readonly [string, string]>> = {
  axial: ["S", "I"],
  coronal: ["A", "P"],
  sagittal: ["R", "L"],
};

/** Through a point; an oblique one at right angles to `lookLps`. */
export function sliceThrough(kind: SliceKind, pointLpsMm: PointLps, lookLps: PointLps): CtSlice {
  return { kind, pointLpsMm, normalLps: kind === "oblique" ? unit(lookLps) : NORMALS[kind] };
}

/** Moved along its normal, and kept in the box of the CT. */
export function stepped(slice: CtSlice, byMm: number, box: CtBox): CtSlice {
  const at = dot(slice.pointLpsMm, slice.normalLps);
  const [low, high] = reachAlong(slice.normalLps, box);
  const target = Math.min(high, Math.max(low, at + byMm));
  return { ...slice, pointLpsMm: along(slice.pointLpsMm, slice.normalLps, target - at) };
}

/** Where the slice is along its normal, from 0 to 1 of the way through the box, and back. */
export function shareOf(slice: CtSlice, box: CtBox): number {
  const [low, high] = reachAlong(slice.normalLps, box);
  return (dot(slice.pointLpsMm, slice.normalLps) - low) / Math.max(1e-6, high - low);
}

export function atShare(slice: CtSlice, share: number, box: CtBox): CtSlice {
  const [low, high] = reachAlong(slice.normalLps, box);
  return stepped(slice, low + share * (high - low) - dot(slice.pointLpsMm, slice.normalLps), box);
}

/** "S 12.5": millimetres of the scanner's frame towards the letter; empty for an oblique slice. */
export function placeOf(slice: CtSlice): { readonly letter: string; readonly mm: number } | null {
  if (slice.kind === "oblique") return null;
  const at = dot(slice.pointLpsMm, slice.normalLps);
  return { letter: LETTERS[slice.kind][at >= 0 ? 0 : 1], mm: Math.abs(at) };
}

/** The corners of a CT's samples, and how thin its slices are. */
export interface CtBox {
  readonly cornersLpsMm: readonly PointLps[];
  /** The smallest distance of two samples along an axis: a step that misses nothing. */
  readonly stepMm: number;
}

export function boxOfCt({ lps_from_ijk: m, shape_ijk: shape }: Pick<VolumeAsset, "lps_from_ijk" | "shape_ijk">): CtBox {
  const column = (axis: number): PointLps => [m[axis] as number, m[4 + axis] as number, m[8 + axis] as number];
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => {
    let point: PointLps = column(3);
    for (const axis of [0, 1, 2] as const) {
      point = along(point, column(axis), corner & (1 << axis) ? shape[axis] - 0.5 : -0.5);
    }
    return point;
  });
  return { cornersLpsMm: corners, stepMm: Math.min(...[0, 1, 2].map((axis) => Math.hypot(...column(axis)))) };
}

export function middleOf({ cornersLpsMm }: CtBox): PointLps {
  const mean = (axis: 0 | 1 | 2) => cornersLpsMm.reduce((sum, corner) => sum + corner[axis], 0) / cornersLpsMm.length;
  return [mean(0), mean(1), mean(2)];
}

function reachAlong(normal: PointLps, { cornersLpsMm }: CtBox): readonly [number, number] {
  const reach = cornersLpsMm.map((corner) => dot(corner, normal));
  return [Math.min(...reach), Math.max(...reach)];
}

function along([x, y, z]: PointLps, [a, b, c]: PointLps, length: number): PointLps {
  return [x + length * a, y + length * b, z + length * c];
}

function dot(a: PointLps, b: PointLps): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function unit(direction: PointLps): PointLps {
  const length = Math.hypot(...direction) || 1;
  return [direction[0] / length, direction[1] / length, direction[2] / length];
}
