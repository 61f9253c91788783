// What a pointer can take hold of, on a screen and in a headset.
import type { Vector3 } from "three";
import type { WedgeKnob } from "../geometry/wedge-pose";
import type { ResectionState } from "../protocol";

export type GrabPart =
  /** The sheet or shell itself, hit at `point` of the patient group. */
  | { readonly kind: "body"; readonly point: Vector3 }
  | { readonly kind: "arrow" }
  /** Tilts a plane; `lever` is its direction in the sheet. */
  | { readonly kind: "tilt"; readonly lever: Vector3 }
  /** A control point of a curved surface. */
  | { readonly kind: "control"; readonly index: number }
  /** A size of a wedge. */
  | { readonly kind: "size"; readonly knob: WedgeKnob };

export type HandlePart = Exclude<GrabPart, { kind: "body" }>;

export interface GrabTarget {
  readonly resection: ResectionState;
  readonly part: GrabPart;
  /** Half width and height of the sheet, metres. */
  readonly halfSize: { readonly width: number; readonly height: number };
}

export function isSamePart(a: GrabTarget | null, b: GrabTarget | null): boolean {
  if (a === null || b === null) return a === b;
  if (a.resection.resection_id !== b.resection.resection_id || a.part.kind !== b.part.kind) return false;
  if (a.part.kind === "tilt" && b.part.kind === "tilt") return a.part.lever === b.part.lever;
  if (a.part.kind === "control" && b.part.kind === "control") return a.part.index === b.part.index;
  if (a.part.kind === "size" && b.part.kind === "size") return a.part.knob === b.part.knob;
  return true;
}
