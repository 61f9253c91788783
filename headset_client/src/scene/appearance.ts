// How a structure is shown at first, and what the person changed.
import type { StructureAsset } from "../protocol";

export interface Appearance {
  readonly visible: boolean;
  /** 1 is opaque. */
  readonly opacity: number;
}

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

/** Whether the plan cuts the structure on screen; tumours stay whole, they are what it is about. */
export function isCut(structure: Pick<StructureAsset, "name" | "lies_in_liver">): boolean {
  return (structure.name === "liver" || structure.lies_in_liver) && !structure.name.startsWith("tumour_");
}
