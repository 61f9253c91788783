// Which vessel a ray points at: the nearest centre line within its own radius and a little more.
import { type Ray, Vector3 } from "three";

export interface VesselLine {
  readonly number: number;
  readonly line: readonly Vector3[];
  readonly radius: number;
}

export interface VesselHit {
  readonly number: number;
  readonly point: Vector3;
}

/** An unsteady hand's ray still means the vessel when it passes this far beside it, radians. */
const SLACK_RADIANS = 0.014;

const onRay = new Vector3();
const onLine = new Vector3();

/** Of the vessels that the ray passes, the one it points at best: how far beside it, in parts of what is allowed. */
export function vesselOnRay(
  ray: Ray,
  vessels: readonly VesselLine[],
  patientMetresPerRadian: number,
): VesselHit | null {
  let best: VesselHit | null = null;
  let bestRatio = 1;
  for (const { number, line, radius } of vessels) {
    const allowed = radius + SLACK_RADIANS * patientMetresPerRadian;
    for (let n = 1; n < line.length; n++) {
      const squared = ray.distanceSqToSegment(line[n - 1] as Vector3, line[n] as Vector3, onRay, onLine);
      const ratio = Math.sqrt(squared) / allowed;
      if (ratio >= bestRatio) continue;
      bestRatio = ratio;
      best = { number, point: onLine.clone() };
    }
  }
  return best;
}
