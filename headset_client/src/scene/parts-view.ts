// Resected and remnant as closed meshes, drawn apart along the cut's normal; vessels and tumours go with their side.
import { Group, Matrix4, Mesh, type ShaderMaterial, Vector3 } from "three";
import type { PartPieces } from "../apart/taken-apart";
import { gltfDirectionFromLps, MM_PER_METRE } from "../geometry/patient-frame";
import type { PartAsset, SceneManifest } from "../protocol";
import type { Appearance } from "./appearance";
import type { CutUniforms } from "./cut-uniforms";
import { primitiveOf } from "./mesh-geometry";
import { DRAW_ORDER, type LiverColours } from "./structure-view";
import { depthOnly, solidTissue, veilTissue } from "./tissue-material";

const OPAQUE_FROM = 0.99;
/** A wall is seen best where little shines through it. */
const LEAST_LIVER_OPACITY = 0.72;

export class PartsView {
  readonly group = new Group();
  readonly #cut: CutUniforms;
  readonly #liver: LiverColours;
  readonly #sides = { resected: new Group(), remnant: new Group() };
  readonly #apart = new Vector3();
  /** Colours are looked up where a part comes from, not where it was moved to. */
  readonly #resectedFromWorld = { value: new Matrix4() };
  readonly #materials: ShaderMaterial[] = [];
  #structures: ReadonlySet<string> = new Set();

  constructor(cut: CutUniforms, liver: LiverColours) {
    this.#cut = cut;
    this.#liver = liver;
    this.group.add(this.#sides.resected, this.#sides.remnant);
    this.group.visible = false;
  }

  /** The structures that are shown in parts, and so not whole. */
  get structures(): ReadonlySet<string> {
    return this.#structures;
  }

  show(
    parts: readonly PartPieces[],
    apartLps: readonly [number, number, number],
    scene: SceneManifest,
    appearances: Readonly<Record<string, Appearance>>,
  ): void {
    this.clear();
    gltfDirectionFromLps(apartLps, this.#apart);
    for (const { part, pieces } of parts) {
      const asset = scene.structures.find(({ name }) => name === part.structure);
      if (!asset) continue;
      const appearance = appearances[part.structure];
      const passes = this.#passes(part, appearance?.colour ?? asset.colour, appearance?.opacity ?? 1);
      for (const piece of pieces) {
        const { geometry, matrix } = primitiveOf(piece);
        for (const { material, order } of passes) {
          const mesh = new Mesh(geometry, material);
          mesh.renderOrder = order;
          mesh.matrixAutoUpdate = false;
          mesh.matrix.copy(matrix);
          mesh.visible = appearance?.visible ?? true;
          mesh.userData.structure = part.structure;
          mesh.raycast = () => {};
          this.#sides[part.side].add(mesh);
        }
      }
    }
    this.#structures = new Set(parts.map(({ part }) => part.structure));
    this.group.visible = true;
  }

  /** Once a frame, when places are known. */
  update(): void {
    if (this.group.visible) this.#resectedFromWorld.value.copy(this.#sides.resected.matrixWorld).invert();
  }

  move(gapMm: number): void {
    this.#sides.resected.position.copy(this.#apart).multiplyScalar(gapMm / MM_PER_METRE);
  }

  /** Follows what this person shows and hides. */
  sync(appearances: Readonly<Record<string, Appearance>>): void {
    for (const side of Object.values(this.#sides)) {
      for (const mesh of side.children) {
        mesh.visible = appearances[mesh.userData.structure as string]?.visible ?? true;
      }
    }
  }

  clear(): void {
    for (const side of Object.values(this.#sides)) {
      for (const mesh of [...side.children]) {
        if (mesh instanceof Mesh) mesh.geometry.dispose();
        mesh.removeFromParent();
      }
    }
    for (const material of this.#materials) material.dispose();
    this.#materials.length = 0;
    this.#structures = new Set();
    this.group.visible = false;
  }

  #passes({ structure, side }: PartAsset, colour: string, opacity: number) {
    const isLiver = structure === "liver";
    const options = { colour, part: "whole", cut: this.#cut, ...(isLiver ? this.#liver : {}) } as const;
    const shown = isLiver ? Math.max(opacity, LEAST_LIVER_OPACITY) : opacity;
    const passes =
      shown >= OPAQUE_FROM
        ? [{ material: solidTissue(options), order: DRAW_ORDER.solid }]
        : [
            ...(isLiver ? [{ material: depthOnly(options), order: DRAW_ORDER.depth }] : []),
            { material: veilTissue(options, shown), order: DRAW_ORDER.veil },
          ];
    for (const { material } of passes) {
      if (side === "resected") material.uniforms.uPatientFromWorld = this.#resectedFromWorld;
      this.#materials.push(material);
    }
    return passes;
  }
}
