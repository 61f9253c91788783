// The territories of a plan on screen: together they are one cut with one face.
import { BufferAttribute, BufferGeometry, Group } from "three";
import type { BranchAsset, TerritoryResectionState } from "../protocol";
import { CutFace } from "./cut-face";
import type { CutUniforms } from "./cut-uniforms";
import type { CutVolumes } from "./cut-volumes";
import { type LabelSamples, type TerritoryShape, territoryShape } from "./territory-field";

export class TerritoryView {
  readonly group = new Group();
  readonly #cut: CutUniforms;
  readonly #geometry = new BufferGeometry();
  readonly #face: CutFace;
  #segments: LabelSamples | null = null;
  #portal: LabelSamples | null = null;
  #branches: readonly BranchAsset[] = [];
  #shape: TerritoryShape | null = null;
  #shown = "";

  constructor(cut: CutUniforms, volumes: CutVolumes) {
    this.#cut = cut;
    this.#face = new CutFace(this.#geometry, cut, volumes, { curved: true, surround: "none" });
    this.#face.face.frustumCulled = false;
    this.group.add(this.#face.face);
    this.group.visible = false;
  }

  /** Null before they have arrived. */
  get segmentSamples(): LabelSamples | null {
    return this.#segments;
  }

  setBranches(branches: readonly BranchAsset[]): void {
    this.#branches = branches;
  }

  setLabels(labels: LabelSamples): void {
    if (labels.asset.name === "segments") this.#segments = labels;
    if (labels.asset.name === "portal_branches") this.#portal = labels;
    this.#shown = "";
  }

  /** Draws them as cut number `index`; false where there is nothing to draw (yet). */
  show(territories: readonly TerritoryResectionState[], index: number): boolean {
    const wanted = JSON.stringify(territories.map((one) => [one.segments, one.portal_branches]));
    if (wanted !== this.#shown) {
      this.#shown = wanted;
      this.#replace(territories.length > 0 ? this.#make(territories) : null);
    }
    this.group.visible = this.#shape !== null;
    if (!this.#shape) return false;
    this.#face.setIndex(index);
    this.#cut.setTerritory(this.#shape.texture, this.#shape.textureFromPatient);
    return true;
  }

  dispose(): void {
    this.#replace(null);
    this.#face.dispose();
    this.#geometry.dispose();
    this.group.removeFromParent();
  }

  #make(territories: readonly TerritoryResectionState[]): TerritoryShape | null {
    return territoryShape(territories, this.#segments, this.#portal, this.#branches);
  }

  #replace(shape: TerritoryShape | null): void {
    this.#shape?.texture.dispose();
    this.#shape = shape;
    this.#geometry.dispose();
    const { positions, indices } = shape?.boundary ?? { positions: new Float32Array(), indices: new Uint32Array() };
    this.#geometry.setAttribute("position", new BufferAttribute(positions, 3));
    this.#geometry.setIndex(new BufferAttribute(indices, 1));
  }
}
