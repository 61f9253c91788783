// Lights up the place of a cut vessel: a ring and its name, seen through everything.
import { Group, Mesh, MeshBasicMaterial, SphereGeometry, type Sprite, TorusGeometry } from "three";
import { colours } from "../design/tokens";
import { gltfFromLps, MM_PER_METRE } from "../geometry/patient-frame";
import type { CutBranch } from "../protocol";
import { formatMm } from "../strings";
import { DRAW_ORDER } from "./structure-view";
import { disposeText, setTextHeight, textSprite } from "./text-sprite";

const RING = new TorusGeometry(1, 0.09, 12, 48);
const CORE = new SphereGeometry(0.3, 20, 14);
const LEAST_RADIUS_M = 0.006;

export class VesselMark {
  readonly group = new Group();
  readonly #material = new MeshBasicMaterial({
    color: colours.mark,
    depthTest: false,
    transparent: true,
    opacity: 0.95,
  });
  readonly #rings: readonly Mesh[];
  #shown: CutBranch | null = null;
  #label: Sprite | null = null;

  constructor() {
    // Two rings across each other are seen as a ring from wherever one looks.
    const upright = new Mesh(RING, this.#material);
    const level = new Mesh(RING, this.#material);
    level.rotation.x = Math.PI / 2;
    this.#rings = [upright, level, new Mesh(CORE, this.#material)];
    for (const ring of this.#rings) ring.renderOrder = DRAW_ORDER.handle + 2;
    this.group.add(...this.#rings);
    this.group.visible = false;
  }

  show(branch: CutBranch | null): void {
    if (branch === this.#shown) return;
    this.#shown = branch;
    if (this.#label) disposeText(this.#label);
    this.#label = null;
    this.group.visible = branch !== null;
    if (!branch) return;
    gltfFromLps(branch.position_lps_mm, this.group.position);
    const radius = Math.max(LEAST_RADIUS_M, (0.9 * branch.calibre_mm) / MM_PER_METRE);
    for (const ring of this.#rings) ring.scale.setScalar(radius);
    this.#label = textSprite(`${branch.title} · ${formatMm(branch.calibre_mm)}`, {
      colour: colours.text,
      background: colours.panel,
      weight: 600,
      onTop: true,
    });
    this.#label.renderOrder = DRAW_ORDER.handle + 3;
    this.#label.position.y = radius;
    this.#label.center.set(0.5, -0.4);
    this.group.add(this.#label);
  }

  /** `letterHeight` in patient metres, so that the words keep their size on screen. */
  update(letterHeight: number): void {
    if (this.#label) setTextHeight(this.#label, 1.7 * letterHeight);
  }

  dispose(): void {
    this.show(null);
    this.#material.dispose();
  }
}
