// Which level of which structure to show and what to fetch next: by what the viewer looks at and the error on screen.
// Pure: no three.js, no clock.
import type { PointLps, StructureAsset } from "../protocol";
import { isCut } from "./appearance";

/** Triangles rendered a frame (an eye): what a headset keeps up with, and what any computer of today does. */
export const TRIANGLE_BUDGETS = { headset: 300_000, tablet: 300_000, desktop: 700_000 } as const;

/** An error of a level that is smaller on screen is not seen, even as shade, so nothing finer is fetched. */
const VISIBLE_PIXELS = 0.25;
/** A finer level that is there goes only when the coarser one's error is well below: a view at the limit must not flap. */
const KEPT_PIXELS = 0.15;
/** The budget may be overdrawn by so much before levels that are shown go. */
const OVERDRAFT = 1.15;
/** Looking from inside a structure must not make errors infinite. */
const NEAREST_MM = 20;
/** What takes longer comes after a level in between. */
const PATIENCE_MS = 1000;

/** Where the viewer is, in patient space. */
export interface ViewPose {
  readonly eyeLpsMm: PointLps;
  /** Unit length. */
  readonly forwardLps: PointLps;
  /** From top to bottom. */
  readonly fieldOfView: number;
  readonly aspect: number;
  readonly heightPixels: number;
}

export interface ShownStructure {
  readonly asset: StructureAsset;
  readonly visible: boolean;
  /** The level on screen; null before the first. */
  readonly level: number | null;
}

export interface LevelChoice {
  /** Index of the level to end at. */
  readonly level: number;
  /** How much it matters that it gets there: pixels of error now, weighted by importance and by where one looks. */
  readonly gain: number;
}

const IMPORTANCE = [
  "liver",
  "tumour",
  "portal_vein",
  "hepatic_veins",
  "liver_cyst",
  "inferior_vena_cava",
  "gallbladder",
];

/** Smaller is more important. */
export function importance(structure: Pick<StructureAsset, "name" | "lies_in_liver">): number {
  const rank = IMPORTANCE.findIndex((name) => structure.name.startsWith(name));
  if (rank >= 0) return rank;
  return structure.lies_in_liver ? IMPORTANCE.length : IMPORTANCE.length + 1;
}

/** How often each triangle is rendered: the liver as depth, veil and ghost, what is cut as remnant and ghost. */
function passes(structure: StructureAsset): number {
  if (structure.name === "liver") return 3;
  return isCut(structure) ? 2 : 1;
}

/** Pixels by which a level may be off where it is nearest to the eye. */
export function errorPixels(structure: StructureAsset, level: number, view: ViewPose): number {
  const { distanceMm, radiusMm } = sphereOf(structure, view);
  const nearestMm = Math.max(NEAREST_MM, distanceMm - radiusMm);
  const pixelsPerRadian = view.heightPixels / (2 * Math.tan(view.fieldOfView / 2));
  return ((structure.levels[level]?.error_mm ?? 0) / nearestMm) * pixelsPerRadian;
}

/** 1 for what is in the middle of the view, 0.3 at its edge, 0.1 behind the viewer. */
function gaze(structure: StructureAsset, view: ViewPose): number {
  const { offset, distanceMm, radiusMm } = sphereOf(structure, view);
  if (distanceMm <= radiusMm) return 1;
  const cosine = dot(offset, view.forwardLps) / distanceMm;
  const beside = Math.acos(Math.max(-1, Math.min(1, cosine))) - Math.asin(radiusMm / distanceMm);
  const edge = Math.atan(Math.tan(view.fieldOfView / 2) * Math.max(1, view.aspect));
  if (beside <= 0) return 1;
  return beside <= edge ? 1 - 0.7 * (beside / edge) : 0.1;
}

function weight(structure: StructureAsset, view: ViewPose): number {
  return gaze(structure, view) * 0.8 ** importance(structure);
}

function sphereOf(structure: StructureAsset, view: ViewPose) {
  const [low, high] = structure.bounds_lps_mm;
  const offset = low.map((value, axis) => (value + (high[axis] as number)) / 2 - (view.eyeLpsMm[axis] as number));
  const size = low.map((value, axis) => (high[axis] as number) - value);
  return { offset, distanceMm: Math.sqrt(dot(offset, offset)), radiusMm: Math.sqrt(dot(size, size)) / 2 };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, axis) => sum + value * (b[axis] as number), 0);
}

/** The coarsest level whose error is not seen, or what is shown if it is finer and the difference hardly seen. */
function neededLevel({ asset, visible, level }: ShownStructure, view: ViewPose): number {
  const coarsest = asset.levels.length - 1;
  const within = (pixels: number) => {
    for (let index = coarsest; index > 0; index--) if (errorPixels(asset, index, view) <= pixels) return index;
    return 0;
  };
  // What is hidden stays as it is: it is shown again at a press of a key, and memory has its own rule.
  if (!visible) return level ?? coarsest;
  const needed = within(VISIBLE_PIXELS);
  return level === null || level >= needed ? needed : Math.max(level, within(KEPT_PIXELS));
}

/**
 * The level each structure should end at.
 *
 * Everything starts coarse; then, while the budget lasts, what gains most on screen goes as far as it needs to.
 */
export function chooseLevels(
  structures: readonly ShownStructure[],
  view: ViewPose,
  triangleBudget: number,
): ReadonlyMap<string, LevelChoice> {
  const shown = structures.filter(({ asset }) => asset.levels.length > 0);
  const needed = new Map(shown.map((one) => [one.asset.name, neededLevel(one, view)]));
  const cost = ({ asset, visible }: ShownStructure, level: number) =>
    visible ? (asset.levels[level]?.triangles ?? 0) * passes(asset) : 0;
  const isShown = shown.every((one) => one.level === needed.get(one.asset.name));
  let left = triangleBudget * (isShown ? OVERDRAFT : 1);
  for (const one of shown) left -= cost(one, one.asset.levels.length - 1);
  const choices = new Map<string, LevelChoice>();
  for (const { one, gain } of shown.map((one) => ({ one, gain: gainOf(one, view) })).sort(byGain)) {
    const { asset } = one;
    const coarsest = asset.levels.length - 1;
    let level = needed.get(asset.name) ?? coarsest;
    while (level < coarsest && cost(one, level) - cost(one, coarsest) > left) level += 1;
    left -= cost(one, level) - cost(one, coarsest);
    choices.set(asset.name, { level, gain });
  }
  return choices;
}

function gainOf({ asset, visible }: ShownStructure, view: ViewPose): number {
  // By the coarsest level, so that the order stays while levels arrive.
  return visible ? errorPixels(asset, asset.levels.length - 1, view) * weight(asset, view) : 0;
}

function byGain(a: { one: ShownStructure; gain: number }, b: { one: ShownStructure; gain: number }): number {
  return b.gain - a.gain || a.one.asset.name.localeCompare(b.one.asset.name);
}

/**
 * The level to fetch now on the way to the one wanted: itself, if it comes soon; else the finest that does.
 *
 * `held` is the finest level that is there; null before the first, which is always the coarsest.
 */
export function nextLevel(
  structure: StructureAsset,
  held: number | null,
  wanted: number,
  bytesPerSecond: number | null,
): number {
  if (held === null) return structure.levels.length - 1;
  if (held <= wanted || bytesPerSecond === null) return wanted;
  const takesMs = (level: number) => ((structure.levels[level]?.bytes ?? 0) / bytesPerSecond) * 1000;
  for (let level = wanted; level < held; level++) if (takesMs(level) <= PATIENCE_MS) return level;
  return held - 1;
}
