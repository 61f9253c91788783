// Controllers and hands on the model as a whole, when it is unlocked.
import { HandleStore } from "@pmndrs/handle";
import { BoxGeometry, type Group, Mesh, MeshBasicMaterial } from "three";
import { GRABBING, NOT_POKED } from "./resection-grab";

/** Model scale in a headset, as a multiple of true size. */
export const SCALE_LIMITS = { least: 0.2, most: 8 } as const;

export class ModelGrab {
  readonly #box: Mesh;
  readonly #store: HandleStore<void>;
  readonly #unbind: () => void;

  /** `onMoved` hears of every change of the stage. */
  constructor(stage: Group, onMoved: () => void) {
    this.#box = new Mesh(new BoxGeometry(1, 1, 1), new MeshBasicMaterial({ visible: false }));
    Object.assign(this.#box, NOT_POKED);
    stage.add(this.#box);
    this.#store = new HandleStore<void>(stage, () => ({
      scale: { uniform: true, x: limits(), y: limits(), z: limits() },
      filter: (event) => GRABBING.has(event.pointerType),
      apply: (state, target) => {
        target.position.copy(state.current.position);
        target.quaternion.copy(state.current.quaternion);
        target.scale.copy(state.current.scale);
        onMoved();
      },
    }));
    this.#unbind = this.#store.bind(this.#box);
    this.setUnlocked(false, 0.2);
  }

  /** Locked, the model cannot be grabbed by accident; the box then is no obstacle for rays either. */
  setUnlocked(unlocked: boolean, radius: number): void {
    this.#box.scale.setScalar(1.2 * radius);
    Object.assign(this.#box, { pointerEvents: unlocked ? "auto" : "none" });
  }

  update(timeMs: number): void {
    this.#store.update(timeMs);
  }

  dispose(): void {
    this.#unbind();
    this.#box.geometry.dispose();
    this.#box.removeFromParent();
  }
}

function limits(): [number, number] {
  return [SCALE_LIMITS.least, SCALE_LIMITS.most];
}
