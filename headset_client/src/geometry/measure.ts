// Lengths and angles as the server counts them: from LPS millimetres, never from screen or scene.
import type { BranchAsset, PointLps } from "../protocol";

export function distanceMm(a: PointLps, b: PointLps): number {
  return Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]);
}

/** At the second point; by halves (Kahan 2006), which keeps its digits near 0 and 180. Null where an arm has no length. */
export function angleDegrees(a: PointLps, corner: PointLps, b: PointLps): number | null {
  const one = unit(corner, a);
  const other = unit(corner, b);
  if (!one || !other) return null;
  const apart = Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
  const along = Math.hypot(one[0] + other[0], one[1] + other[1], one[2] + other[2]);
  return (2 * Math.atan2(apart, along) * 180) / Math.PI;
}

/** A place on a vessel: the branch, and how far along its centre line, in points of it. */
export interface VesselPlace {
  readonly branch: number;
  readonly at: number;
}

/** The centre line nearest to the point; of one tree only, where one is named. */
export function placeOnVessel(
  point: PointLps,
  branches: readonly BranchAsset[],
  tree?: BranchAsset["tree"],
): { readonly place: VesselPlace; readonly point: PointLps; readonly awayMm: number } | null {
  let best = null as { place: VesselPlace; point: PointLps; awayMm: number } | null;
  for (const branch of branches) {
    if (tree !== undefined && branch.tree !== tree) continue;
    for (let n = 1; n < branch.line_lps_mm.length; n++) {
      const from = branch.line_lps_mm[n - 1] as PointLps;
      const to = branch.line_lps_mm[n] as PointLps;
      const share = shareOf(point, from, to);
      const nearest = between(from, to, share);
      const awayMm = distanceMm(point, nearest);
      if (best && awayMm >= best.awayMm) continue;
      best = { place: { branch: branch.number, at: n - 1 + share }, point: nearest, awayMm };
    }
  }
  return best;
}

/** The way from one place to the other through the tree; null where the two are not connected. */
export function wayAlongVessel(
  branches: readonly BranchAsset[],
  start: VesselPlace,
  end: VesselPlace,
): readonly PointLps[] | null {
  const byNumber = new Map(branches.map((branch) => [branch.number, branch]));
  const inwards = rootwards(byNumber, start);
  const outwards = rootwards(byNumber, end);
  const meeting = inwards.find(({ branch }) => outwards.some((one) => one.branch === branch))?.branch;
  if (!meeting) return null;
  const onMeeting = (way: readonly Step[]) => way.find(({ branch }) => branch === meeting)?.at ?? 0;
  const until = (way: readonly Step[]) =>
    way.slice(
      0,
      way.findIndex(({ branch }) => branch === meeting),
    );
  return [
    ...until(inwards).flatMap(({ branch, at }) => part(branch, at, 0)),
    ...part(meeting, onMeeting(inwards), onMeeting(outwards)),
    ...until(outwards)
      .reverse()
      .flatMap(({ branch, at }) => part(branch, 0, at)),
  ];
}

export function lengthMm(line: readonly PointLps[]): number {
  let sum = 0;
  for (let n = 1; n < line.length; n++) sum += distanceMm(line[n - 1] as PointLps, line[n] as PointLps);
  return sum;
}

interface Step {
  readonly branch: BranchAsset;
  readonly at: number;
}

function rootwards(branches: ReadonlyMap<number, BranchAsset>, from: VesselPlace): readonly Step[] {
  const way: Step[] = [];
  let branch = branches.get(from.branch);
  let at = from.at;
  while (branch) {
    way.push({ branch, at });
    const parent: BranchAsset | undefined = branch.parent === null ? undefined : branches.get(branch.parent);
    if (parent) at = nearestIndex(parent.line_lps_mm, branch.line_lps_mm[0] as PointLps);
    branch = parent;
  }
  return way;
}

function nearestIndex(line: readonly PointLps[], point: PointLps): number {
  let best = 0;
  line.forEach((one, n) => {
    if (distanceMm(one, point) < distanceMm(line[best] as PointLps, point)) best = n;
  });
  return best;
}

/** Of one branch between two places on it, in that order. */
function part(branch: BranchAsset, from: number, to: number): readonly PointLps[] {
  const low = Math.min(from, to);
  const high = Math.max(from, to);
  const points = [pointAt(branch.line_lps_mm, low)];
  for (let n = Math.floor(low) + 1; n < Math.ceil(high); n++) points.push(branch.line_lps_mm[n] as PointLps);
  points.push(pointAt(branch.line_lps_mm, high));
  return from <= to ? points : points.reverse();
}

function pointAt(line: readonly PointLps[], at: number): PointLps {
  const n = Math.min(Math.max(0, Math.floor(at)), line.length - 1);
  const next = line[Math.min(n + 1, line.length - 1)] as PointLps;
  return between(line[n] as PointLps, next, at - n);
}

function between(from: PointLps, to: PointLps, share: number): PointLps {
  return [
    from[0] + (to[0] - from[0]) * share,
    from[1] + (to[1] - from[1]) * share,
    from[2] + (to[2] - from[2]) * share,
  ];
}

function shareOf(point: PointLps, from: PointLps, to: PointLps): number {
  const step = [to[0] - from[0], to[1] - from[1], to[2] - from[2]] as const;
  const squared = step[0] ** 2 + step[1] ** 2 + step[2] ** 2;
  if (squared === 0) return 0;
  const along = (point[0] - from[0]) * step[0] + (point[1] - from[1]) * step[1] + (point[2] - from[2]) * step[2];
  return Math.min(1, Math.max(0, along / squared));
}

function unit(from: PointLps, to: PointLps): PointLps | null {
  const length = distanceMm(from, to);
  if (length < 1e-9) return null;
  return [(to[0] - from[0]) / length, (to[1] - from[1]) / length, (to[2] - from[2]) / length];
}
