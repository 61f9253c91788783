// A line drawn on the liver, as beads: seen from everywhere, one draw call.
import { InstancedMesh, Matrix4, MeshBasicMaterial, SphereGeometry, type Vector3 } from "three";
import { colours } from "../design/tokens";
import { DRAW_ORDER } from "./structure-view";

/** As many points as the server takes. */
const MOST_POINTS = 512;
/** Nearer to the last one a point says nothing new, metres. */
const LEAST_STEP_M = 0.0015;
const BEAD_RADIUS_M = 0.0013;

export class Stroke {
  readonly mesh: InstancedMesh;
  readonly #material = new MeshBasicMaterial({ color: colours.mark, depthTest: false, transparent: true });
  readonly #matrix = new Matrix4();
  readonly #points: Vector3[] = [];

  constructor() {
    this.mesh = new InstancedMesh(new SphereGeometry(BEAD_RADIUS_M, 12, 8), this.#material, MOST_POINTS);
    this.mesh.renderOrder = DRAW_ORDER.handle;
    this.mesh.frustumCulled = false;
    this.mesh.raycast = () => {};
    this.clear();
  }

  /** Patient group, metres. */
  get points(): readonly Vector3[] {
    return this.#points;
  }

  get length(): number {
    let sum = 0;
    for (let n = 1; n < this.#points.length; n++) {
      sum += (this.#points[n] as Vector3).distanceTo(this.#points[n - 1] as Vector3);
    }
    return sum;
  }

  add(point: Vector3): void {
    const last = this.#points[this.#points.length - 1];
    if (this.#points.length >= MOST_POINTS || (last && last.distanceTo(point) < LEAST_STEP_M)) return;
    this.mesh.setMatrixAt(this.#points.length, this.#matrix.makeTranslation(point.x, point.y, point.z));
    this.#points.push(point.clone());
    this.mesh.count = this.#points.length;
    this.mesh.instanceMatrix.needsUpdate = true;
    this.mesh.visible = true;
  }

  clear(): void {
    this.#points.length = 0;
    this.mesh.count = 0;
    this.mesh.visible = false;
  }

  dispose(): void {
    this.mesh.geometry.dispose();
    this.#material.dispose();
    this.mesh.dispose();
  }
}
