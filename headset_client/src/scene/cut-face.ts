// One cut on screen, of any kind: the face inside the liver and, around it, the sheet or shell that a hand takes.
import { type BufferGeometry, Color, DoubleSide, type Group, Mesh, ShaderMaterial, Vector2 } from "three";
import { bandColours, colours } from "../design/tokens";
import type { ResectionState } from "../protocol";
import { FACE_FRAGMENT, FACE_VERTEX, SHEET_FRAGMENT, SHELL_FRAGMENT } from "./cut-shaders";
import type { CutUniforms } from "./cut-uniforms";
import type { CutVolumes } from "./cut-volumes";
import { DRAW_ORDER } from "./structure-view";

/** A resection of one kind on screen. */
export interface CutView {
  /** Its own frame: at its middle, local +Z into the resected side. */
  readonly group: Group;
  /** What pointers hit; null where nothing can be taken. */
  readonly pick: Mesh | null;
  /** Half width and height of the sheet, metres. */
  readonly halfSize: { readonly width: number; readonly height: number };
  /** Draws the resection as cut number `index`. */
  show(resection: ResectionState, index: number): void;
  /** The colour of who holds it, and whether a pointer is on it. */
  setTint(colour: string, emphasised: boolean): void;
  dispose(): void;
}

export type Surround = "sheet" | "shell" | "none";

export interface FaceLook {
  readonly curved: boolean;
  readonly surround: Surround;
}

/** The two meshes that show a cut: they share a geometry that its kind makes. */
export class CutFace {
  readonly face: Mesh;
  readonly surround: Mesh | null;
  readonly #materials: readonly ShaderMaterial[];

  constructor(geometry: BufferGeometry, cut: CutUniforms, volumes: CutVolumes, look: FaceLook) {
    const shared = { ...cut.uniforms, ...volumes.uniforms };
    const defines = look.curved ? { CURVED: "" } : {};
    const face = new ShaderMaterial({
      uniforms: { ...shared, ...faceColours(), uSelf: { value: 0 } },
      vertexShader: FACE_VERTEX,
      fragmentShader: FACE_FRAGMENT,
      side: DoubleSide,
      defines,
    });
    this.face = new Mesh(geometry, face);
    this.face.renderOrder = DRAW_ORDER.cutFace;
    if (look.surround === "none") {
      this.surround = null;
      this.#materials = [face];
      return;
    }
    const surround = new ShaderMaterial({
      uniforms: {
        ...shared,
        uSelf: { value: 0 },
        uTint: { value: new Color(colours.accent) },
        uHalfSize: { value: new Vector2() },
        uEmphasis: { value: 0 },
      },
      vertexShader: FACE_VERTEX,
      fragmentShader: look.surround === "sheet" ? SHEET_FRAGMENT : SHELL_FRAGMENT,
      side: DoubleSide,
      transparent: true,
      depthWrite: false,
      defines,
    });
    this.surround = new Mesh(geometry, surround);
    this.surround.renderOrder = DRAW_ORDER.sheet;
    this.#materials = [face, surround];
  }

  setIndex(index: number): void {
    for (const material of this.#materials) setUniform(material, "uSelf", index);
  }

  setHalfSize(width: number, height: number): void {
    for (const material of this.#materials)
      (material.uniforms.uHalfSize?.value as Vector2 | undefined)?.set(width, height);
  }

  setTint(colour: string, emphasised: boolean): void {
    for (const material of this.#materials) {
      (material.uniforms.uTint?.value as Color | undefined)?.set(colour);
      setUniform(material, "uEmphasis", emphasised ? 1 : 0);
    }
  }

  dispose(): void {
    for (const material of this.#materials) material.dispose();
  }
}

function setUniform(material: ShaderMaterial, name: string, value: number): void {
  const uniform = material.uniforms[name];
  if (uniform) uniform.value = value;
}

function faceColours(): Record<string, { value: unknown }> {
  return {
    uOutline: { value: new Color("#fff1d6") },
    uTissue: { value: new Color("#a8654d") },
    uBandTumour: { value: new Color(bandColours.tumour) },
    uBand1: { value: new Color(bandColours.under1) },
    uBand5: { value: new Color(bandColours.under5) },
    uBand10: { value: new Color(bandColours.under10) },
  };
}
