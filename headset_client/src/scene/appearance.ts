// How a structure is shown at first, and what the person changed.
import type { StructureAsset } from "../protocol";

export interface Appearance {
  readonly visible: boolean;
  /** 1 is opaque. */
  readonly opacity: number;
  /** Chosen on this device in place of the structure's own. */
  readonly colour?: string;
}

export type Appearances = Readonly<Record<string, Appearance>>;

const HIDDEN = new Set(["body", "lungs"]);
const OPAQUE_NEIGHBOURS = new Set(["inferior_vena_cava", "gallbladder"]);

/** The liver is a veil around what lies in it; neighbours are dimmed so that they orient and do not hide. */
export function defaultAppearance(structure: Pick<StructureAsset, "name" | "lies_in_liver">): Appearance {
  if (structure.name === "liver") return { visible: true, opacity: 0.45 };
  if (structure.lies_in_liver || OPAQUE_NEIGHBOURS.has(structure.name)) return { visible: true, opacity: 1 };
  if (HIDDEN.has(structure.name)) return { visible: false, opacity: 0.15 };
  if (structure.name === "bones") return { visible: false, opacity: 0.25 };
  return { visible: true, opacity: 0.22 };
}

/** One structure alone: everything else is hidden, and keeps opacity and colour for when it comes back. */
export function isolated(appearances: Appearances, name: string): Appearances {
  return Object.fromEntries(
    Object.entries(appearances).map(([one, appearance]) => [one, { ...appearance, visible: one === name }]),
  );
}

export function isAlone(appearances: Appearances, name: string): boolean {
  return Object.entries(appearances).every(([one, { visible }]) => visible === (one === name));
}

/** Shown and hidden as at first; opacities and colours stay. */
export function shownAsAtFirst(
  appearances: Appearances,
  structures: readonly Pick<StructureAsset, "name" | "lies_in_liver">[],
): Appearances {
  const first = new Map(structures.map((structure) => [structure.name, defaultAppearance(structure).visible]));
  return Object.fromEntries(
    Object.entries(appearances).map(([name, appearance]) => [
      name,
      { ...appearance, visible: first.get(name) ?? appearance.visible },
    ]),
  );
}

/** Whether the plan cuts the structure on screen; tumours stay whole, they are what it is about. */
export function isCut(structure: Pick<StructureAsset, "name" | "lies_in_liver">): boolean {
  return (structure.name === "liver" || structure.lies_in_liver) && !structure.name.startsWith("tumour_");
}

/** Neither the liver nor in it. */
export function isNeighbour(structure: Pick<StructureAsset, "name" | "lies_in_liver">): boolean {
  return !isCut(structure) && !structure.name.startsWith("tumour_");
}
