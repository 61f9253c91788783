// The bicubic Bezier surface of a curved resection: its frame and its points; engine/resection/surface says the same.
// Works in any right-handed frame and unit; points are 16 triples, row by row (v), four along u in each row.
import { Vector3 } from "three";

export const SIDE = 4;
export const CONTROL_POINTS = SIDE * SIDE;

/** (x, y, z) of the control points, one after the other; 48 numbers. */
export type ControlNet = Float64Array;

/** Index of the control point in column `u` and row `v`, both 0 to 3. */
export function controlIndex(u: number, v: number): number {
  return SIDE * v + u;
}

export function controlPoint(net: ControlNet, index: number, target = new Vector3()): Vector3 {
  return target.fromArray(net, 3 * index);
}

/** Bernstein polynomials of degree 3 at t, 0 to 1. */
export function weights(t: number, target: Float64Array): Float64Array {
  const s = 1 - t;
  target[0] = s * s * s;
  target[1] = 3 * t * s * s;
  target[2] = 3 * t * t * s;
  target[3] = t * t * t;
  return target;
}

/** Their derivatives. */
export function slopes(t: number, target: Float64Array): Float64Array {
  const s = 1 - t;
  target[0] = -3 * s * s;
  target[1] = 3 * s * s - 6 * t * s;
  target[2] = 6 * t * s - 3 * t * t;
  target[3] = 3 * t * t;
  return target;
}

/** The sum of the control points under the weights of their column and row. */
export function weighted(net: ControlNet, byColumn: Float64Array, byRow: Float64Array, target: Vector3): Vector3 {
  let x = 0;
  let y = 0;
  let z = 0;
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      const weight = (byColumn[column] as number) * (byRow[row] as number);
      const at = 3 * controlIndex(column, row);
      x += weight * (net[at] as number);
      y += weight * (net[at + 1] as number);
      z += weight * (net[at + 2] as number);
    }
  }
  return target.set(x, y, z);
}

const alongU = new Float64Array(SIDE);
const alongV = new Float64Array(SIDE);

export function surfacePoint(net: ControlNet, u: number, v: number, target = new Vector3()): Vector3 {
  return weighted(net, weights(u, alongU), weights(v, alongV), target);
}

export class SurfaceFrame {
  /** The mean of the corners. */
  readonly origin = new Vector3();
  /** The mean direction of the rows, at right angles to the normal. */
  readonly x = new Vector3();
  readonly y = new Vector3();
  /** Unit vector of u x v; the side it points to is resected. */
  readonly normal = new Vector3();
  readonly #first = new Vector3();
  readonly #right = new Vector3();
  readonly #left = new Vector3();
  readonly #last = new Vector3();

  /** Takes the frame of a net; allocates nothing. */
  fitTo(net: ControlNet): this {
    const first = controlPoint(net, controlIndex(0, 0), this.#first);
    const right = controlPoint(net, controlIndex(3, 0), this.#right);
    const left = controlPoint(net, controlIndex(0, 3), this.#left);
    const last = controlPoint(net, controlIndex(3, 3), this.#last);
    this.origin.copy(first).add(right).add(left).add(last).multiplyScalar(0.25);
    this.x.copy(right).add(last).sub(first).sub(left);
    this.normal.copy(last).sub(first);
    this.normal.cross(left.sub(right)).normalize();
    this.x.addScaledVector(this.normal, -this.x.dot(this.normal)).normalize();
    this.y.crossVectors(this.normal, this.x);
    return this;
  }
}

const frame = new SurfaceFrame();
const here = new Vector3();
const next = new Vector3();
const atU = new Vector3();
const atV = new Vector3();
const slopesU = new Float64Array(SIDE);
const slopesV = new Float64Array(SIDE);
const CHECKED = 8;

/**
 * Whether the surface has two sides: seen along its normal, rows and columns run on and it does not fold over itself.
 * The engine proves the last; here it is looked at in 81 places, which is enough to stop a hand.
 *
 * @param least how far apart neighbours must be, in the unit of the points.
 */
export function hasSides(net: ControlNet, least: number): boolean {
  frame.fitTo(net);
  if (!(frame.normal.lengthSq() > 0.5)) return false;
  for (let v = 0; v < SIDE; v++) {
    for (let u = 0; u < SIDE; u++) {
      controlPoint(net, controlIndex(u, v), here);
      if (
        u + 1 < SIDE &&
        controlPoint(net, controlIndex(u + 1, v), next)
          .sub(here)
          .dot(frame.x) < least
      )
        return false;
      if (
        v + 1 < SIDE &&
        controlPoint(net, controlIndex(u, v + 1), next)
          .sub(here)
          .dot(frame.y) < least
      )
        return false;
    }
  }
  for (let n = 0; n <= CHECKED; n++) {
    for (let m = 0; m <= CHECKED; m++) {
      const u = n / CHECKED;
      const v = m / CHECKED;
      weighted(net, slopes(u, slopesU), weights(v, alongV), atU);
      weighted(net, weights(u, alongU), slopes(v, slopesV), atV);
      const determinant = atU.dot(frame.x) * atV.dot(frame.y) - atU.dot(frame.y) * atV.dot(frame.x);
      if (determinant < 9 * least * least) return false;
    }
  }
  return true;
}
