// Tissue has small shaders for the first picture and large ones for all that can be asked of it later.
import type { ShaderMaterial } from "three";

/**
 * The small shaders know planes, as most plans are made of, and a tissue's own colour. The large ones know every kind of
 * cut, segments and losses; a driver takes several times as long over them. Once anything needs those, all tissue has them.
 */
export class TissueDetail {
  readonly #materials = new Map<ShaderMaterial, Record<string, string>>();
  #full: boolean;

  constructor(full = false) {
    this.#full = full;
  }

  get full(): boolean {
    return this.#full;
  }

  /** `defines` are those of the large shader. */
  add(material: ShaderMaterial, defines: Record<string, string>): void {
    this.#materials.set(material, defines);
    material.addEventListener("dispose", () => this.#materials.delete(material));
    material.defines = this.#full ? { ...defines } : { SMALL: "" };
  }

  becomeFull(): void {
    if (this.#full) return;
    this.#full = true;
    for (const [material, defines] of this.#materials) {
      material.defines = { ...defines };
      material.needsUpdate = true;
    }
  }
}
