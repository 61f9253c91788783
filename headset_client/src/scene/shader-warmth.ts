// Shaders of tissue, compiled before there is tissue: the driver works on them while the meshes are on their way.
import { type Camera, Group, type WebGLRenderer } from "three";
import type { MeshPiece } from "../decode/mesh-pieces";
import type { StructureAsset } from "../protocol";
import { defaultAppearance } from "./appearance";
import { CutUniforms } from "./cut-uniforms";
import { primitiveOf } from "./mesh-geometry";
import { type LiverColours, StructureView } from "./structure-view";
import { TissueDetail } from "./tissue-detail";

/** One of each kind that is drawn in its own way: see the passes of StructureView. */
const KINDS = [
  { name: "liver", lies_in_liver: false },
  { name: "portal_vein", lies_in_liver: true },
  { name: "spleen", lies_in_liver: false },
] as const;

/** Returns what lets them go; the programs stay as long as other tissue is drawn with them. */
export function warmShaders(
  renderer: WebGLRenderer,
  camera: Camera,
  cut: CutUniforms,
  liver: LiverColours,
): () => void {
  const { group, letGo } = samples(cut, liver);
  renderer.compile(group, camera);
  return letGo;
}

/** The large shaders of `TissueDetail`, compiled while nobody waits for them; kept until they are let go. */
export async function warmLargeShaders(
  renderer: WebGLRenderer,
  camera: Camera,
  liver: LiverColours,
): Promise<() => void> {
  const cut = new CutUniforms(new TissueDetail(true));
  const { group, letGo } = samples(cut, liver);
  await renderer.compileAsync(group, camera);
  return () => {
    letGo();
    cut.dispose();
  };
}

function samples(cut: CutUniforms, liver: LiverColours): { group: Group; letGo: () => void } {
  const group = new Group();
  const views = KINDS.map((kind) => {
    const view = new StructureView(sample(kind), cut, defaultAppearance(kind), liver);
    view.mount("", primitiveOf(NOTHING));
    group.add(view.group);
    return view;
  });
  const letGo = () => {
    for (const view of views) view.dispose();
  };
  return { group, letGo };
}

const NOTHING: MeshPiece = {
  positions: { array: new Uint16Array(4), size: 4, normalized: false },
  normals: { array: new Int8Array(4), size: 4, normalized: true },
  indices: new Uint16Array(3),
  scale: [1, 1, 1],
  translation: [0, 0, 0],
  sphere: [0, 0, 0, 0],
};

function sample(kind: { readonly name: string; readonly lies_in_liver: boolean }): StructureAsset {
  const nowhere = [0, 0, 0] as const;
  return {
    ...kind,
    title: kind.name,
    snomed: "",
    colour: "#808080",
    volume_ml: 0,
    longest_axial_mm: null,
    bounds_lps_mm: [nowhere, nowhere],
    levels: [],
  };
}
