// One structure on screen: its passes (solid, veil, depth, ghost) over the primitives of the level that is mounted.
import { type BufferGeometry, type Color, Group, type Matrix4, Mesh, type ShaderMaterial } from "three";
import type { StructureAsset } from "../protocol";
import { type Appearance, isCut } from "./appearance";
import type { CutUniforms } from "./cut-uniforms";
import type { LossColours } from "./loss-colours";
import type { MeshPrimitive } from "./mesh-geometry";
import type { SegmentColours } from "./segment-colours";
import { depthOnly, ghostTissue, solidTissue, veilTissue } from "./tissue-material";

/** Opaque passes first, then veils; numbers leave room for the cut face and labels. */
export const DRAW_ORDER = {
  solid: 0,
  cutFace: 5,
  depth: 10,
  veil: 20,
  ghost: 22,
  neighbourVeil: 24,
  sheet: 26,
  handle: 40,
};

const OPAQUE_FROM = 0.99;

interface Level {
  readonly group: Group;
  bytes: number;
  /** On its way to the graphics card, not drawn yet. */
  arriving: boolean;
}

/** What the liver's surface shows beside its tissue. */
export interface LiverColours {
  readonly segments: SegmentColours;
  readonly losses: LossColours;
}

interface Pass {
  readonly name: "solid" | "depth" | "veil" | "ghost";
  readonly material: ShaderMaterial;
  readonly order: number;
}

export class StructureView {
  readonly group = new Group();
  asset: StructureAsset;
  #passes: readonly Pass[];
  #appearance: Appearance;
  #hasPlan = false;
  #inParts = false;
  #isSpared = false;
  #hasGhost = true;
  readonly #levels = new Map<string, Level>();
  #shown: string | null = null;

  constructor(asset: StructureAsset, cut: CutUniforms, appearance: Appearance, liver?: LiverColours) {
    this.asset = asset;
    this.group.name = asset.name;
    this.#appearance = appearance;
    const part = isCut(asset) ? "remnant" : "whole";
    const isLiver = asset.name === "liver";
    const options = { colour: asset.colour, part, cut, ...(isLiver ? liver : {}) } as const;
    this.#passes = [
      { name: "solid", material: solidTissue(options), order: DRAW_ORDER.solid },
      ...(isLiver ? [{ name: "depth", material: depthOnly(options), order: DRAW_ORDER.depth } as const] : []),
      {
        name: "veil",
        material: veilTissue(options, appearance.opacity),
        order: isLiver ? DRAW_ORDER.veil : DRAW_ORDER.neighbourVeil,
      },
      ...(isCut(asset)
        ? [
            {
              name: "ghost",
              material: ghostTissue(options, isLiver ? 0.13 : 0.3),
              order: DRAW_ORDER.ghost,
            } as const,
          ]
        : []),
    ];
    this.#applyColour();
    this.#applyVisibility();
  }

  /** Index of the level on screen; null before the first, and where the case has another by now. */
  get level(): number | null {
    const index = this.asset.levels.findIndex(({ asset }) => asset === this.#shown);
    return index < 0 ? null : index;
  }

  get appearance(): Appearance {
    return this.#appearance;
  }

  setAppearance(appearance: Appearance): void {
    this.#appearance = appearance;
    const veil = this.#passes.find((pass) => pass.name === "veil")?.material.uniforms.uOpacity;
    if (veil) veil.value = appearance.opacity;
    this.#applyColour();
    this.#applyVisibility();
  }

  #applyColour(): void {
    const colour = this.#appearance.colour ?? this.asset.colour;
    for (const { material } of this.#passes) (material.uniforms.uColour?.value as Color | undefined)?.set(colour);
  }

  /** Shown in parts in place of this whole. */
  setInParts(inParts: boolean): void {
    if (this.#inParts === inParts) return;
    this.#inParts = inParts;
    this.#applyVisibility();
  }

  /** What the draw calls of a headset do not suffice for. */
  spare(whole: boolean, ghost: boolean): void {
    if (this.#isSpared === whole && this.#hasGhost === !ghost) return;
    this.#isSpared = whole;
    this.#hasGhost = !ghost;
    this.#applyVisibility();
  }

  setHasPlan(hasPlan: boolean): void {
    if (this.#hasPlan === hasPlan) return;
    this.#hasPlan = hasPlan;
    this.#applyVisibility();
  }

  /** One mesh a primitive of the level that is mounted: what rays are tested against. */
  get surface(): readonly Mesh[] {
    const level = this.#shown === null ? undefined : this.#levels.get(this.#shown);
    return level ? meshesOf(level.group).filter((mesh) => mesh.name === "veil") : [];
  }

  /** Bytes on the graphics card of every level that is there, shown or not, by asset. */
  get held(): ReadonlyMap<string, number> {
    return new Map([...this.#levels].map(([asset, { bytes }]) => [asset, bytes]));
  }

  /** The asset on screen; null before the first. */
  get shown(): string | null {
    return this.#shown;
  }

  /** Adds one primitive of a level that is arriving: it goes up to the card with the next frame and is not drawn. */
  mount(asset: string, primitive: MeshPrimitive): void {
    let level = this.#levels.get(asset);
    if (!level) {
      level = { group: new Group(), bytes: 0, arriving: true };
      this.#levels.set(asset, level);
      this.group.add(level.group);
    }
    level.bytes += primitive.bytes;
    primitive.geometry.setDrawRange(0, 0);
    for (const pass of this.#passes) level.group.add(passMesh(primitive.geometry, primitive.matrix, pass));
    this.#applyVisibility();
  }

  /** The level is whole: it takes the place of the one on screen, which stays on the card until it is dropped. */
  show(asset: string): boolean {
    const level = this.#levels.get(asset);
    if (!level) return false;
    for (const mesh of meshesOf(level.group)) {
      mesh.geometry.setDrawRange(0, Number.POSITIVE_INFINITY);
      mesh.frustumCulled = true;
    }
    level.arriving = false;
    this.#shown = asset;
    this.#applyVisibility();
    return true;
  }

  /** Takes a level off the card; what is on screen only once another is. */
  drop(asset: string): void {
    const level = this.#levels.get(asset);
    if (!level || asset === this.#shown) return;
    this.#levels.delete(asset);
    disposeLevel(level.group);
  }

  /** The structure's new record; colours follow, levels come as assets. */
  update(asset: StructureAsset): void {
    this.asset = asset;
    this.#applyColour();
  }

  dispose(): void {
    for (const { group } of this.#levels.values()) disposeLevel(group);
    this.#levels.clear();
    this.#shown = null;
    for (const pass of this.#passes) pass.material.dispose();
    this.group.removeFromParent();
  }

  #applyVisibility(): void {
    const { visible, opacity } = this.#appearance;
    const opaque = opacity >= OPAQUE_FROM;
    this.group.visible = visible && !this.#inParts && !this.#isSpared;
    const shown: Readonly<Record<Pass["name"], boolean>> = {
      solid: opaque,
      depth: !opaque,
      veil: !opaque,
      ghost: this.#hasPlan && this.#hasGhost,
    };
    for (const [asset, { group, arriving }] of this.#levels) {
      group.visible = asset === this.#shown || arriving;
      for (const mesh of meshesOf(group)) mesh.visible = arriving || shown[mesh.name as Pass["name"]];
    }
  }
}

function meshesOf(group: Group): Mesh[] {
  return group.children.filter((child): child is Mesh => child instanceof Mesh);
}

function disposeLevel(group: Group): void {
  group.removeFromParent();
  for (const mesh of meshesOf(group)) mesh.geometry.dispose();
}

function passMesh(geometry: BufferGeometry, matrix: Matrix4, pass: Pass): Mesh {
  const mesh = new Mesh(geometry, pass.material);
  mesh.name = pass.name;
  mesh.renderOrder = pass.order;
  // Until it is shown: what is culled would not go up to the card.
  mesh.frustumCulled = false;
  mesh.matrixAutoUpdate = false;
  mesh.matrix.copy(matrix);
  return mesh;
}
