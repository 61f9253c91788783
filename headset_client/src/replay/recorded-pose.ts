// Where somebody was at an instant, between the samples of a recording.
import type { PersonPose, PoseState, PresenceSample, RayState } from "../protocol";

/** Samples are this far apart while somebody moves; who holds still has none. */
const SAMPLE_MS = 100;
const LEFT = 2;
const RIGHT = 4;
const RAY = 8;
const SCALE_STEPS = 100;
const TURN_STEPS = 1000;

/** Null while they were not seen. */
export function poseAt(samples: readonly PresenceSample[], ms: number): PersonPose | null {
  const next = firstAfter(samples, ms);
  const before = samples[next - 1];
  if (!before) return null;
  const pose = poseOf(before);
  const after = samples[next];
  const afterMs = after?.[0];
  if (!pose || !after || afterMs === undefined) return pose;
  const leftMs = Math.max(before[0] ?? 0, afterMs - SAMPLE_MS);
  const coming = poseOf(after);
  return ms <= leftMs || !coming ? pose : between(pose, coming, (ms - leftMs) / (afterMs - leftMs));
}

/** What a sample stands for (`RecordedPerson` of the protocol). */
export function poseOf(sample: PresenceSample): PersonPose | null {
  const parts = sample[1] ?? 0;
  if (parts === 0) return null;
  let at = 2;
  const take = (): number => sample[at++] ?? 0;
  const point = (): RayState["to_lps_mm"] => [take(), take(), take()];
  const pose = (): PoseState => {
    const position_lps_mm = point();
    return { position_lps_mm, quaternion: unit([take(), take(), take(), take()].map((one) => one / TURN_STEPS)) };
  };
  return {
    model_scale: take() / SCALE_STEPS,
    head: pose(),
    left: parts & LEFT ? pose() : null,
    right: parts & RIGHT ? pose() : null,
    ray: parts & RAY ? { from_lps_mm: point(), to_lps_mm: point() } : null,
  };
}

/** Index of the first sample later than an instant. */
function firstAfter(samples: readonly PresenceSample[], ms: number): number {
  let low = 0;
  let high = samples.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((samples[middle]?.[0] ?? 0) <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

function between(one: PersonPose, other: PersonPose, t: number): PersonPose {
  return {
    model_scale: one.model_scale + (other.model_scale - one.model_scale) * t,
    head: turned(one.head, other.head, t),
    left: one.left && other.left ? turned(one.left, other.left, t) : one.left,
    right: one.right && other.right ? turned(one.right, other.right, t) : one.right,
    ray:
      one.ray && other.ray
        ? {
            from_lps_mm: moved(one.ray.from_lps_mm, other.ray.from_lps_mm, t),
            to_lps_mm: moved(one.ray.to_lps_mm, other.ray.to_lps_mm, t),
          }
        : one.ray,
  };
}

function turned(one: PoseState, other: PoseState, t: number): PoseState {
  const alike = one.quaternion.reduce((sum, part, index) => sum + part * (other.quaternion[index] ?? 0), 0);
  // The nearer of the two signs of a turn; at a tenth of a second straight is as good as along the arc.
  const sign = alike < 0 ? -1 : 1;
  const mixed = one.quaternion.map((part, index) => part * (1 - t) + sign * (other.quaternion[index] ?? 0) * t);
  return { position_lps_mm: moved(one.position_lps_mm, other.position_lps_mm, t), quaternion: unit(mixed) };
}

type Point = RayState["to_lps_mm"];

function moved([ax, ay, az]: Point, [bx, by, bz]: Point, t: number): Point {
  return [ax + (bx - ax) * t, ay + (by - ay) * t, az + (bz - az) * t];
}

function unit(parts: readonly number[]): PoseState["quaternion"] {
  const [x = 0, y = 0, z = 0, w = 1] = parts;
  const size = Math.hypot(x, y, z, w) || 1;
  return [x / size, y / size, z / size, w / size];
}
