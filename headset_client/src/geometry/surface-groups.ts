// Handles of a curved resection: single control points and groups of them, and pulling the surface itself.
import { Vector3 } from "three";
import { CONTROL_POINTS, type ControlNet, SIDE, weights } from "./bezier";

/** What goes along with the control point that is dragged. */
export type BendScope = "point" | "row" | "column" | "block" | "middle";

export const BEND_SCOPES: readonly BendScope[] = ["point", "row", "column", "block", "middle"];

/** The points that a handle moves, the dragged one first; a corner's block keeps the slope at the corner. */
export function groupOf(index: number, scope: BendScope): readonly number[] {
  const column = index % SIDE;
  const row = Math.floor(index / SIDE);
  const all = Array.from({ length: CONTROL_POINTS }, (_, n) => n);
  const belongs = (n: number): boolean => {
    const c = n % SIDE;
    const r = Math.floor(n / SIDE);
    switch (scope) {
      case "point":
        return n === index;
      case "row":
        return r === row;
      case "column":
        return c === column;
      case "block":
        return Math.floor(c / 2) === Math.floor(column / 2) && Math.floor(r / 2) === Math.floor(row / 2);
      case "middle":
        return c > 0 && c < SIDE - 1 && r > 0 && r < SIDE - 1;
    }
  };
  const members = all.filter(belongs);
  return members.includes(index) ? [index, ...members.filter((n) => n !== index)] : members;
}

/** The net with a group moved; the one given stays as it is. */
export function withMoved(net: ControlNet, group: readonly number[], by: Vector3): ControlNet {
  const moved = new Float64Array(net);
  for (const index of group) {
    moved[3 * index] = (moved[3 * index] as number) + by.x;
    moved[3 * index + 1] = (moved[3 * index + 1] as number) + by.y;
    moved[3 * index + 2] = (moved[3 * index + 2] as number) + by.z;
  }
  return moved;
}

const byColumn = new Float64Array(SIDE);
const byRow = new Float64Array(SIDE);

/**
 * The net whose surface point at (u, v) is moved by `by`, with the smallest change of control points that does it:
 * every point moves by its own weight, over the sum of the squares of all weights (direct manipulation, Hsu 1992).
 */
export function pulled(net: ControlNet, u: number, v: number, by: Vector3): ControlNet {
  weights(Math.min(1, Math.max(0, u)), byColumn);
  weights(Math.min(1, Math.max(0, v)), byRow);
  let squares = 0;
  for (const a of byColumn) for (const b of byRow) squares += a * a * b * b;
  const moved = new Float64Array(net);
  for (let n = 0; n < CONTROL_POINTS; n++) {
    const share = ((byColumn[n % SIDE] as number) * (byRow[Math.floor(n / SIDE)] as number)) / squares;
    moved[3 * n] = (moved[3 * n] as number) + share * by.x;
    moved[3 * n + 1] = (moved[3 * n + 1] as number) + share * by.y;
    moved[3 * n + 2] = (moved[3 * n + 2] as number) + share * by.z;
  }
  return moved;
}

/** A flat net over a rectangle; its normal is right x up. */
export function flatNet(
  centre: Vector3,
  right: Vector3,
  up: Vector3,
  halfWidth: number,
  halfHeight: number,
): ControlNet {
  const net = new Float64Array(3 * CONTROL_POINTS);
  const point = new Vector3();
  for (let n = 0; n < CONTROL_POINTS; n++) {
    const s = (2 * (n % SIDE)) / (SIDE - 1) - 1;
    const t = (2 * Math.floor(n / SIDE)) / (SIDE - 1) - 1;
    point
      .copy(centre)
      .addScaledVector(right, s * halfWidth)
      .addScaledVector(up, t * halfHeight)
      .toArray(net, 3 * n);
  }
  return net;
}
