// How far a pointer ray has been dragged along a line: the maths below every mouse and touch handle.
import { type Ray, Vector3 } from "three";

/** Squared sine of the angle below which a line points so much at the viewer that the ray cannot be followed. */
const FACING_SINE_SQUARED = 0.09;

export interface DragLine {
  readonly origin: Vector3;
  /** Unit length. */
  readonly direction: Vector3;
}

export interface View {
  readonly forward: Vector3;
  readonly up: Vector3;
}

const offset = new Vector3();
const onPlane = new Vector3();

/** The parameter along the line, in metres, of the point nearest to the pointer ray; not for a facing line. */
export function lineParameter(ray: Ray, line: DragLine): number {
  const cosine = ray.direction.dot(line.direction);
  offset.subVectors(ray.origin, line.origin);
  return (offset.dot(line.direction) - cosine * offset.dot(ray.direction)) / (1 - cosine * cosine);
}

/** For a line that points at the viewer: pushing the pointer up pushes along the view direction. */
export function facingParameter(ray: Ray, line: DragLine, view: View): number {
  const along = ray.direction.dot(view.forward);
  const distance = offset.subVectors(line.origin, ray.origin).dot(view.forward) / along;
  onPlane.copy(ray.origin).addScaledVector(ray.direction, distance);
  const lifted = onPlane.sub(line.origin).dot(view.up);
  return line.direction.dot(view.forward) >= 0 ? lifted : -lifted;
}

/** Whether the line points so much along the view `direction` that a ray cannot follow it; ask once, as a drag starts. */
export function isFacing(direction: Vector3, line: DragLine): boolean {
  const cosine = direction.dot(line.direction);
  return 1 - cosine * cosine < FACING_SINE_SQUARED;
}

/** The tilt, radians, of a lever of length `leverLength` whose end was dragged by `distance` along the normal. */
export function tiltFromDrag(distance: number, leverLength: number): number {
  return Math.atan2(distance, leverLength);
}
