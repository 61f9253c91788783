// A plane laid through veins: turned no more than it takes to contain one, or through two.
import { Vector3 } from "three";
import type { PlanePose } from "./plane-pose";

export type CentreLine = readonly Vector3[];

const STEPS = 24;
/** Two veins whose middles or ways are nearer than this to one line span no plane. */
const LEAST_SINE = 0.15;

export function middleOf(line: CentreLine, target = new Vector3()): Vector3 {
  target.set(0, 0, 0);
  for (const point of line) target.addScaledVector(point, 1 / line.length);
  return target;
}

/** Unit direction in which the line runs: the largest axis of its points, by power iteration. */
export function directionOf(line: CentreLine, target = new Vector3()): Vector3 {
  const middle = middleOf(line);
  const from = new Vector3();
  const sum = new Vector3();
  const first = line[0];
  const last = line[line.length - 1];
  if (!first || !last) return target.set(0, 1, 0);
  target.subVectors(last, first);
  if (target.lengthSq() < 1e-12) target.set(0, 1, 0);
  target.normalize();
  for (let step = 0; step < STEPS; step++) {
    sum.set(0, 0, 0);
    for (const point of line) {
      from.subVectors(point, middle);
      sum.addScaledVector(from, from.dot(target));
    }
    if (sum.lengthSq() < 1e-18) break;
    target.copy(sum).normalize();
  }
  return target;
}

/** The plane through one or two veins that is nearest to `near`; it faces the same side. */
export function planeThrough(veins: readonly CentreLine[], near: PlanePose): PlanePose {
  const [one, other] = veins;
  if (!one) return near;
  const along = directionOf(one);
  const point = middleOf(one);
  if (!other) return { point, normal: leastTurn(near.normal, along) };
  const across = middleOf(other).sub(point);
  const shared = along.clone();
  const otherWay = directionOf(other);
  shared.addScaledVector(otherWay, Math.sign(otherWay.dot(along)) || 1).normalize();
  const normal = shared.clone().cross(across.clone().normalize());
  point.addScaledVector(across, 0.5);
  if (normal.length() < LEAST_SINE) return { point, normal: leastTurn(near.normal, shared) };
  normal.normalize();
  if (normal.dot(near.normal) < 0) normal.negate();
  return { point, normal };
}

/** The direction nearest to `normal` that is square to `along`. */
function leastTurn(normal: Vector3, along: Vector3): Vector3 {
  const square = normal.clone().addScaledVector(along, -normal.dot(along));
  if (square.length() > 1e-3) return square.normalize();
  const reference = Math.abs(along.y) < 0.9 ? new Vector3(0, 1, 0) : new Vector3(0, 0, 1);
  return square.crossVectors(along, reference).normalize();
}
