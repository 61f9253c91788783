// Which volumes are fetched, in which detail and order of slabs. Pure.
import type { Device, PointLps, VolumeAsset, VolumeSlab } from "../protocol";

/** A full CT that comes within this time needs no half one before it. */
const PATIENCE_MS = 1000;

/** Between the coarse meshes and the finer ones, and behind those; smaller comes first. */
const PRIORITIES: Readonly<Record<string, number>> = {
  liver_distance: 100,
  tumour_distance: 101,
  "ct half": 150,
  segments: 160,
  portal_branches: 170,
  hepatic_branches: 180,
  "ct full": 300,
};

export interface VolumeStep {
  readonly volume: VolumeAsset;
  /** Of the first slab; the others follow within the next whole number. */
  readonly priority: number;
}

/** Of textures on the graphics card, for any device. */
export const TEXTURE_BUDGET_BYTES = 256 * 1024 ** 2;
/** For territories, bent cuts, words and boards. */
const OTHER_TEXTURES_BYTES = 64 * 1024 ** 2;

/** What it takes on the graphics card. */
export function bytesOnCard({ shape_ijk: [ni, nj, nk], bytes_per_sample }: VolumeAsset): number {
  return ni * nj * nk * bytes_per_sample;
}

export function bytesOf(volume: VolumeAsset): number {
  return volume.slabs.reduce((sum, slab) => sum + slab.bytes, 0);
}

/**
 * What to fetch. Headsets and tablets take half the detail of the CT. A desktop takes the half one first only where the
 * full one would take long: it has a quarter of the bytes. What would not fit on the card is left out.
 */
export function volumeSteps(
  volumes: readonly VolumeAsset[],
  device: Device,
  bytesPerSecond: number | null,
): readonly VolumeStep[] {
  const fields = volumes.filter(({ name }) => name !== "ct");
  const taken = fields.reduce((sum, volume) => sum + bytesOnCard(volume), OTHER_TEXTURES_BYTES);
  const fits = volumes.filter((volume) => volume.name === "ct" && taken + bytesOnCard(volume) <= TEXTURE_BUDGET_BYTES);
  const half = fits.find(({ detail }) => detail === "half");
  // Both are there while one takes the other's place.
  const full = fits.find(
    (one) => one.detail === "full" && taken + bytesOnCard(one) + (half ? bytesOnCard(half) : 0) <= TEXTURE_BUDGET_BYTES,
  );
  let details = [half ?? full];
  if (device === "desktop" && full) {
    const isQuick = bytesPerSecond !== null && (bytesOf(full) / bytesPerSecond) * 1000 <= PATIENCE_MS;
    details = half && !isQuick ? [half, full] : [full];
  }
  return [...fields, ...details.filter((ct) => ct !== undefined)]
    .map((volume) => ({ volume, priority: priorityOf(volume) }))
    .sort((a, b) => a.priority - b.priority);
}

function priorityOf(volume: VolumeAsset): number {
  return PRIORITIES[volume.name === "ct" ? `ct ${volume.detail}` : volume.name] ?? 400;
}

/** The slabs from the slice `focusK` outwards: what is looked at first comes first, and what is there has no gaps. */
export function slabsFrom(slabs: readonly VolumeSlab[], focusK: number): readonly VolumeSlab[] {
  const away = (slab: VolumeSlab) => Math.max(slab.first_k - focusK, focusK - (slab.first_k + slab.slices - 1), 0);
  return [...slabs].sort((a, b) => away(a) - away(b) || a.first_k - b.first_k);
}

/** The slice nearest to a point. */
export function nearestSlice(volume: VolumeAsset, pointLpsMm: PointLps): number {
  const matrix = volume.lps_from_ijk;
  const column = (n: number) => [0, 1, 2].map((row) => matrix[row * 4 + n] as number);
  // The axes of a grid are orthogonal, so the way along k is a projection.
  const [alongK, origin] = [column(2), column(3)];
  const way = pointLpsMm.map((value, axis) => value - (origin[axis] as number));
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, one, n) => sum + one * (b[n] as number), 0);
  const k = Math.round(dot(way, alongK) / dot(alongK, alongK));
  return Math.max(0, Math.min(volume.shape_ijk[2] - 1, k));
}

/** Two records of the same samples. */
export function isSameVolume(a: VolumeAsset, b: VolumeAsset): boolean {
  return (
    a.name === b.name &&
    a.detail === b.detail &&
    a.slabs.length === b.slabs.length &&
    a.slabs.every((slab, n) => slab.asset === b.slabs[n]?.asset) &&
    a.lps_from_ijk.every((value, n) => value === b.lps_from_ijk[n])
  );
}
