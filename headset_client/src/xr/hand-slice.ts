// A slice of the CT that follows the working hand, until it is left where it is.
import { Quaternion, Vector3, type WebXRManager } from "three";
import type { CtSlice } from "../geometry/slice-pose";
import type { PlanningScene } from "../scene/planning-scene";
import { heldSlice } from "../tools/slicing";
import type { UiStore } from "../ui-state";
import { handPose } from "./hand-pose";

/** Held out in front of the hand, metres, as a sheet of glass would be. */
const REACH_M = 0.14;

export class HandSlice {
  readonly #manager: WebXRManager;
  readonly #ui: UiStore;
  readonly #planning: PlanningScene;
  readonly #point = new Vector3();
  readonly #aim = new Vector3();
  readonly #turn = new Quaternion();
  #held: CtSlice | null = null;
  /** The slice chosen before the hand took it. */
  #before: CtSlice | null = null;

  constructor(manager: WebXRManager, ui: UiStore, planning: PlanningScene) {
    this.#manager = manager;
    this.#ui = ui;
    this.#planning = planning;
  }

  /** Once a frame. What follows the hand is drawn and not yet kept: the boards need not be painted for it. */
  update(): void {
    const { slice, sliceInHand } = this.#ui.getState();
    if (!sliceInHand) {
      const held = this.#held;
      this.#held = null;
      // Whatever else was chosen meanwhile ("axial", "away") is what counts.
      if (held && slice === this.#before) this.#ui.setState({ slice: held });
      return;
    }
    if (this.#held === null) this.#before = slice;
    if (!this.#findHand()) return;
    this.#held = heldSlice(this.#planning, this.#point, this.#aim);
    this.#planning.showSlice(this.#held);
  }

  #findHand(): boolean {
    const pose = handPose(this.#manager, this.#ui.getState().hand, "targetRaySpace");
    if (!pose) return false;
    const { position, orientation } = pose;
    this.#aim.set(0, 0, -1).applyQuaternion(this.#turn.set(orientation.x, orientation.y, orientation.z, orientation.w));
    this.#point.set(position.x, position.y, position.z).addScaledVector(this.#aim, REACH_M);
    return true;
  }
}
