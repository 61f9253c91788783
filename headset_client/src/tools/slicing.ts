// What a person does with the free slice, the same from keys, panel and headset.
import { type Camera, Vector3 } from "three";
import { lpsDirectionFromGltf, lpsFromGltf } from "../geometry/patient-frame";
import { atShare, type CtBox, type CtSlice, type SliceKind, sliceThrough, stepped } from "../geometry/slice-pose";
import type { PlanningScene } from "../scene/planning-scene";
import type { UiStore } from "../ui-state";

/** For who turns the slice on: the plane they know best. */
const FIRST_KIND: SliceKind = "axial";

export interface SlicingParts {
  readonly ui: UiStore;
  readonly planning: Pick<PlanningScene, "ctBox" | "focus" | "patient">;
}

interface OnScreen extends SlicingParts {
  readonly viewport: { readonly camera: Camera } | null;
}

/** Where the eye at a screen looks, in the world. */
export function lookOf({ viewport }: OnScreen): Vector3 {
  return viewport?.camera.getWorldDirection(new Vector3()) ?? new Vector3(0, 0, -1);
}

/** Off, or on through the middle of the liver. */
export function toggleSlice(parts: OnScreen): void {
  if (parts.ui.getState().slice) parts.ui.setState({ slice: null });
  else chooseSlice(parts, FIRST_KIND, lookOf(parts));
}

/** Keeps its place where there was a slice already. `look`: where the eye looks, in the world; for an oblique one. */
export function chooseSlice({ ui, planning }: SlicingParts, kind: SliceKind, look: Vector3): void {
  const box = planning.ctBox;
  if (!box) return;
  const through = ui.getState().slice?.pointLpsMm ?? lpsFromGltf(planning.focus);
  const into = look.clone().transformDirection(planning.patient.matrixWorld.clone().invert()).negate();
  ui.setState({ slice: stepped(sliceThrough(kind, through, lpsDirectionFromGltf(into)), 0, box) });
}

/** By so many slices of the scan. */
export function stepSlice({ ui, planning }: SlicingParts, count: number): void {
  const { slice } = ui.getState();
  const box = planning.ctBox;
  if (slice && box) ui.setState({ slice: stepped(slice, count * box.stepMm, box) });
}

export function slideSlice({ ui }: Pick<SlicingParts, "ui">, share: number, box: CtBox): void {
  const { slice } = ui.getState();
  if (slice) ui.setState({ slice: atShare(slice, share, box) });
}

/** As a hand holds it: through a point of the world, at right angles to a direction of the world; null without a CT. */
export function heldSlice(planning: SlicingParts["planning"], point: Vector3, normal: Vector3): CtSlice | null {
  const box = planning.ctBox;
  if (!box) return null;
  const fromWorld = planning.patient.matrixWorld.clone().invert();
  const at = lpsFromGltf(point.clone().applyMatrix4(fromWorld));
  const slice = sliceThrough("oblique", at, lpsDirectionFromGltf(normal.clone().transformDirection(fromWorld)));
  // Far from the patient there is nothing to see: the slice waits at the edge of the CT.
  return stepped(slice, 0, box);
}
