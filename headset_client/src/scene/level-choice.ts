// Which level of which structure to fetch, and in what order: everything coarse first, then what matters, finer.
import type { StructureAsset, VolumeAsset } from "../protocol";
import { isCut } from "./appearance";

/** Triangles rendered a frame (an eye): what a headset keeps up with, and what any computer of today does. */
export const TRIANGLE_BUDGETS = { headset: 300_000, tablet: 300_000, desktop: 700_000 } as const;

/** How often each triangle is rendered: the liver as depth, veil and ghost, what is cut as remnant and ghost. */
function passes(structure: StructureAsset): number {
  if (structure.name === "liver") return 3;
  return isCut(structure) ? 2 : 1;
}

export type FetchStep =
  | { readonly kind: "mesh"; readonly structure: string; readonly level: number; readonly asset: string }
  | { readonly kind: "volume"; readonly volume: VolumeAsset };

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

/** The level each structure should end at: refined by importance while the budget lasts. */
export function targetLevels(structures: readonly StructureAsset[], budget: number): Map<string, number> {
  const chosen = new Map<string, number>();
  let left = budget;
  for (const structure of structures) {
    const coarsest = structure.levels[structure.levels.length - 1];
    if (!coarsest) continue;
    chosen.set(structure.name, structure.levels.length - 1);
    left -= coarsest.triangles * passes(structure);
  }
  for (const structure of byImportance(structures)) {
    const coarsest = structure.levels[structure.levels.length - 1];
    if (!coarsest) continue;
    const cost = (triangles: number) => (triangles - coarsest.triangles) * passes(structure);
    const index = structure.levels.findIndex((level) => cost(level.triangles) <= left);
    const level = structure.levels[index];
    if (!level) continue;
    chosen.set(structure.name, index);
    left -= cost(level.triangles);
  }
  return chosen;
}

/** All fetches in order. The distance fields come before the CT: they draw the outline and the margin bands. */
export function fetchPlan(
  structures: readonly StructureAsset[],
  volumes: readonly VolumeAsset[],
  budget: number,
  detail: VolumeAsset["detail"] = "full",
): readonly FetchStep[] {
  const ordered = byImportance(structures);
  const targets = targetLevels(structures, budget);
  const coarse = ordered.flatMap((structure) => meshStep(structure, structure.levels.length - 1));
  const fine = ordered.flatMap((structure) => {
    const target = targets.get(structure.name);
    return target === undefined || target === structure.levels.length - 1 ? [] : meshStep(structure, target);
  });
  const inLiver = fine.filter((step) => structures.some((s) => s.name === step.structure && isCore(s)));
  const beside = fine.filter((step) => !inLiver.includes(step));
  // What drains where is asked of the server; only the portal territories can be cut out and are needed here.
  const fields = volumes.filter((volume) => volume.name !== "ct" && volume.name !== "hepatic_branches").map(volumeStep);
  const ct = volumes.filter((volume) => volume.name === "ct" && volume.detail === detail).map(volumeStep);
  return [...coarse, ...fields, ...inLiver, ...ct, ...beside];
}

function isCore(structure: StructureAsset): boolean {
  return structure.lies_in_liver || structure.name === "liver";
}

function byImportance(structures: readonly StructureAsset[]): readonly StructureAsset[] {
  return [...structures].sort((a, b) => importance(a) - importance(b) || a.name.localeCompare(b.name));
}

function meshStep(
  structure: StructureAsset,
  index: number,
): { kind: "mesh"; structure: string; level: number; asset: string }[] {
  const level = structure.levels[index];
  return level ? [{ kind: "mesh", structure: structure.name, level: index, asset: level.asset }] : [];
}

function volumeStep(volume: VolumeAsset): FetchStep {
  return { kind: "volume", volume };
}
