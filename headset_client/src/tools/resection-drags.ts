// What a drag on a screen does to a resection: how the pointer's way is measured, and what that way changes.
import { type Ray, Vector3 } from "three";
import { type DragLine, facingParameter, isFacing, lineParameter, tiltFromDrag } from "../geometry/axis-drag";
import { hasSides, surfacePoint } from "../geometry/bezier";
import { MM_PER_METRE } from "../geometry/patient-frame";
import { inPlaneAxes, poseFromResection, resectionFromPose, rotatedAbout } from "../geometry/plane-pose";
import { poseOf, shifted, turned } from "../geometry/resection-move";
import { type BendScope, groupOf, pulled, withMoved } from "../geometry/surface-groups";
import { netFromResection, resectionFromNet } from "../geometry/surface-pose";
import { freed, resized } from "../geometry/wedge-pose";
import type { PlaneResectionState, ResectionState, SurfaceResectionState, WedgeResectionState } from "../protocol";
import type { GrabTarget } from "../scene/grab-target";
import { wedgeKnobDirection, wedgeKnobPosition } from "../scene/wedge-handles";
import type { HandleMode } from "../ui-state";

export interface DragView {
  readonly right: Vector3;
  readonly up: Vector3;
  readonly forward: Vector3;
}

export interface Pointer {
  readonly ray: Ray;
  /** CSS pixels. */
  readonly x: number;
  readonly y: number;
}

export interface DragSettings {
  readonly mode: HandleMode;
  readonly scope: BendScope;
}

/** A drag: `measure` says how far the pointer has gone since it started, `apply` what comes of such a way. */
export interface ResectionDrag {
  measure(pointer: Pointer): Vector3;
  apply(way: Vector3): ResectionState;
}

/** Turning by half a turn takes a drag across this many pixels. */
const ROTATE_PIXELS_PER_HALF_TURN = 600;
/** Neighbouring control points stay this far apart, metres. */
const LEAST_APART_M = 0.001;

export function startDrag(
  target: GrabTarget,
  start: Pointer,
  view: DragView,
  settings: DragSettings,
): ResectionDrag | null {
  const { resection, part } = target;
  if (part.kind === "body" && settings.mode === "rotate") return rotation(resection, start, view);
  switch (resection.kind) {
    case "plane":
      return part.kind === "tilt"
        ? tilt(resection, part.lever, target.halfSize, start, view)
        : along(resection, start, view);
    case "surface":
      if (part.kind === "control") return bend(resection, groupOf(part.index, settings.scope), part.index, start, view);
      if (part.kind === "body" && settings.mode === "shape") return pull(resection, part.point, start, view);
      return along(resection, start, view);
    case "wedge":
      if (part.kind === "size") return resize(resection, part.knob, start, view);
      return part.kind === "body" ? carry(resection, part.point, start, view) : null;
    case "territory":
      return null;
  }
}

function along(resection: ResectionState, start: Pointer, view: DragView): ResectionDrag | null {
  const pose = poseOf(resection);
  if (!pose) return null;
  const follow = follower({ origin: pose.point, direction: pose.normal }, start.ray, view);
  return scalar(follow, (way) => shifted(resection, pose.normal, way * MM_PER_METRE));
}

function tilt(
  resection: PlaneResectionState,
  lever: Vector3,
  half: GrabTarget["halfSize"],
  start: Pointer,
  view: DragView,
): ResectionDrag {
  // About the sheet's middle, where its knobs are.
  const pose = poseFromResection(resection);
  const { right, up } = inPlaneAxes(pose.normal);
  const arm = right.clone().multiplyScalar(lever.x).addScaledVector(up, lever.y);
  const length = Math.abs(lever.x) * half.width + Math.abs(lever.y) * half.height;
  const axis = arm.clone().cross(pose.normal).normalize();
  const end = pose.point.clone().addScaledVector(arm, length);
  const follow = follower({ origin: end, direction: pose.normal }, start.ray, view);
  return scalar(follow, (way) =>
    resectionFromPose(resection.resection_id, rotatedAbout(pose, axis, tiltFromDrag(way, length))),
  );
}

function bend(
  resection: SurfaceResectionState,
  group: readonly number[],
  index: number,
  start: Pointer,
  view: DragView,
): ResectionDrag {
  const net = netFromResection(resection);
  const normal = (poseOf(resection) as { normal: Vector3 }).normal;
  const origin = new Vector3().fromArray(net, 3 * index);
  const follow = follower({ origin, direction: normal }, start.ray, view);
  return scalar(follow, (way) => bent(resection, withMoved(net, group, normal.clone().multiplyScalar(way))));
}

function pull(resection: SurfaceResectionState, at: Vector3, start: Pointer, view: DragView): ResectionDrag {
  const net = netFromResection(resection);
  const normal = (poseOf(resection) as { normal: Vector3 }).normal;
  const { u, v } = nearestParameters(net, at);
  const follow = follower({ origin: at.clone(), direction: normal }, start.ray, view);
  return scalar(follow, (way) => bent(resection, pulled(net, u, v, normal.clone().multiplyScalar(way))));
}

/** The surface of the net, or the one before where the net has no sides. */
export function bent(before: SurfaceResectionState, net: Float64Array): SurfaceResectionState {
  return hasSides(net, LEAST_APART_M) ? resectionFromNet(before.resection_id, net) : before;
}

function resize(
  resection: WedgeResectionState,
  knob: "along" | "across",
  start: Pointer,
  view: DragView,
): ResectionDrag {
  const line = { origin: wedgeKnobPosition(resection, knob), direction: wedgeKnobDirection(resection, knob) };
  const follow = follower(line, start.ray, view);
  return scalar(follow, (way) => freed(resection, resized(resection.geometry, knob, way * MM_PER_METRE)));
}

/** Across the view, at the depth where it was taken. */
function carry(resection: ResectionState, at: Vector3, start: Pointer, view: DragView): ResectionDrag {
  const onPlane = (ray: Ray) => {
    const depth = at.clone().sub(ray.origin).dot(view.forward) / ray.direction.dot(view.forward);
    return ray.at(depth, new Vector3());
  };
  const from = onPlane(start.ray);
  return {
    measure: ({ ray }) => onPlane(ray).sub(from),
    apply: (way) => shifted(resection, way.clone().normalize(), way.length() * MM_PER_METRE),
  };
}

function rotation(resection: ResectionState, start: Pointer, view: DragView): ResectionDrag | null {
  const pose = poseOf(resection);
  if (!pose) return null;
  const scale = Math.PI / ROTATE_PIXELS_PER_HALF_TURN;
  return {
    measure: ({ x, y }) => new Vector3(x - start.x, y - start.y, 0),
    apply: (way) => {
      const about = turned(resection, pose.point, view.up, way.x * scale);
      return turned(about, pose.point, view.right, way.y * scale);
    },
  };
}

function scalar(follow: (ray: Ray) => number, apply: (way: number) => ResectionState): ResectionDrag {
  return { measure: ({ ray }) => new Vector3(follow(ray), 0, 0), apply: (way) => apply(way.x) };
}

/** How far the pointer went along the line since `start`; how it is measured is decided once, so nothing jumps. */
function follower(line: DragLine, start: Ray, view: DragView): (ray: Ray) => number {
  if (!isFacing(start.direction, line)) {
    const from = lineParameter(start, line);
    return (ray) => lineParameter(ray, line) - from;
  }
  const from = facingParameter(start, line, view);
  return (ray) => facingParameter(ray, line, view) - from;
}

const STEPS = 24;

/** Parameters of the patch's point nearest to a place. */
export function nearestParameters(net: Float64Array, place: Vector3): { readonly u: number; readonly v: number } {
  const point = new Vector3();
  let best = { u: 0, v: 0, distance: Number.POSITIVE_INFINITY };
  for (let row = 0; row <= STEPS; row++) {
    for (let column = 0; column <= STEPS; column++) {
      const u = column / STEPS;
      const v = row / STEPS;
      const distance = surfacePoint(net, u, v, point).distanceToSquared(place);
      if (distance < best.distance) best = { u, v, distance };
    }
  }
  return best;
}
