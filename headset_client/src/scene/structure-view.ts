// One structure on screen: its passes (solid, veil, depth, ghost) over the primitives of the level that is mounted.
import { type BufferGeometry, Group, type Matrix4, Mesh, type ShaderMaterial } from "three";
import type { StructureAsset } from "../protocol";
import { type Appearance, isCut } from "./appearance";
import type { CutUniforms } from "./cut-uniforms";
import type { DecodedPrimitive } from "./mesh-decoder";
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

interface Pass {
  readonly name: "solid" | "depth" | "veil" | "ghost";
  readonly material: ShaderMaterial;
  readonly order: number;
}

export class StructureView {
  readonly group = new Group();
  readonly asset: StructureAsset;
  /** Index of the mounted level; null before the first. */
  level: number | null = null;
  #passes: readonly Pass[];
  #appearance: Appearance;
  #hasPlan = false;
  #arriving: Group | null = null;
  #mounted: Group | null = null;

  constructor(asset: StructureAsset, cut: CutUniforms, appearance: Appearance, segments?: SegmentColours) {
    this.asset = asset;
    this.group.name = asset.name;
    this.#appearance = appearance;
    const part = isCut(asset) ? "remnant" : "whole";
    const isLiver = asset.name === "liver";
    const options = { colour: asset.colour, part, cut, segments: isLiver ? segments : undefined } as const;
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
    this.#applyVisibility();
  }

  get appearance(): Appearance {
    return this.#appearance;
  }

  setAppearance(appearance: Appearance): void {
    this.#appearance = appearance;
    const veil = this.#passes.find((pass) => pass.name === "veil")?.material.uniforms.uOpacity;
    if (veil) veil.value = appearance.opacity;
    this.#applyVisibility();
  }

  /** A level is in the scene. */
  get drawable(): boolean {
    return this.level !== null || this.#arriving !== null;
  }

  setHasPlan(hasPlan: boolean): void {
    if (this.#hasPlan === hasPlan) return;
    this.#hasPlan = hasPlan;
    this.#applyVisibility();
  }

  /** One mesh a primitive of the level that is mounted: what rays are tested against. */
  get surface(): readonly Mesh[] {
    const meshes = this.#mounted?.children ?? [];
    return meshes.filter((mesh): mesh is Mesh => mesh instanceof Mesh && mesh.name === "veil");
  }

  /** Adds one primitive of a level that is arriving; call once a frame. */
  mount(primitive: DecodedPrimitive): void {
    this.#arriving ??= new Group();
    if (!this.#arriving.parent) this.group.add(this.#arriving);
    for (const pass of this.#passes) {
      this.#arriving.add(passMesh(primitive.geometry, primitive.matrix, pass));
    }
    this.#applyVisibility();
  }

  /** The arriving level is whole and was rendered: the one before it goes. */
  finish(level: number): void {
    this.#dispose(this.#mounted);
    this.#mounted = this.#arriving;
    this.#arriving = null;
    this.level = level;
    this.#applyVisibility();
  }

  dispose(): void {
    this.#dispose(this.#mounted);
    this.#dispose(this.#arriving);
    for (const pass of this.#passes) pass.material.dispose();
    this.group.removeFromParent();
  }

  #dispose(level: Group | null): void {
    if (!level) return;
    level.removeFromParent();
    level.traverse((object) => {
      if (object instanceof Mesh) (object.geometry as BufferGeometry).dispose();
    });
  }

  #applyVisibility(): void {
    const { visible, opacity } = this.#appearance;
    const opaque = opacity >= OPAQUE_FROM;
    this.group.visible = visible;
    const shown: Readonly<Record<Pass["name"], boolean>> = {
      solid: opaque,
      depth: !opaque,
      veil: !opaque,
      ghost: this.#hasPlan,
    };
    for (const level of [this.#mounted, this.#arriving]) {
      level?.traverse((object) => {
        if (object instanceof Mesh) object.visible = shown[object.name as Pass["name"]];
      });
    }
  }
}

function passMesh(geometry: BufferGeometry, matrix: Matrix4, pass: Pass): Mesh {
  const mesh = new Mesh(geometry, pass.material);
  mesh.name = pass.name;
  mesh.renderOrder = pass.order;
  mesh.matrixAutoUpdate = false;
  mesh.matrix.copy(matrix);
  return mesh;
}
