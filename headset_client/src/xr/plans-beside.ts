// A second liver next to the one worked on: where it stands, and a sign over each.
import { type Camera, Group, Vector3 } from "three";
import { MOST_IN_HEADSET, plansSideBySide } from "../session/side-by-side";
import type { HeadsetParts } from "./headset-world";
import { PlanSign, SIGN_WIDTH_M } from "./plan-signs";
import { besideModel } from "./room";

/** Of both livers' radii: they do not touch. */
const APART = 1.9;
const BETWEEN_SIGNS_M = 0.03;
/** Clear of the letter at the top. */
const ABOVE_M = 0.09;

export class PlansBeside {
  readonly group = new Group();
  readonly #parts: Pick<HeadsetParts, "planning" | "session" | "ui">;
  readonly #signs: readonly PlanSign[];
  readonly #way = new Vector3();
  #keys = "";

  constructor(parts: Pick<HeadsetParts, "planning" | "session" | "ui">) {
    this.#parts = parts;
    this.#signs = Array.from({ length: MOST_IN_HEADSET }, () => new PlanSign());
    for (const sign of this.#signs) this.group.add(sign.mesh);
  }

  /** Once a frame; true while two livers are shown. */
  update(head: Camera): boolean {
    const { planning, session, ui } = this.#parts;
    const { stage, others, besideM } = planning;
    if (others.count === 0) {
      this.group.visible = false;
      this.#keys = "";
      return false;
    }
    const state = session.state.getState();
    const { lookedAt } = state.book;
    const all = plansSideBySide(state, ui.getState().sideBySide);
    const worked = all.find(({ key }) => key === lookedAt);
    const shown = [worked, ...all.filter((one) => one !== worked)].slice(0, MOST_IN_HEADSET);
    const keys = shown.map((one) => one?.key).join();
    if (keys !== this.#keys) {
      this.#keys = keys;
      for (const sign of this.#signs) sign.forget();
      // On the side where the tools are not; from then on it stays there in the room.
      besideModel(stage, head, ui.getState().hand === "right" ? -1 : 1, this.#way);
    }
    this.group.visible = true;
    const radius = planning.radius * stage.scale.x;
    besideM.copy(this.#way).multiplyScalar(Math.max(APART * radius, SIGN_WIDTH_M + BETWEEN_SIGNS_M));
    this.#signs.forEach((sign, index) => {
      sign.show(shown[index] ?? null, index === 0);
      const { x, y, z } = stage.position;
      const above = y + planning.plan.resections.organ.halfSize.y * stage.scale.x + ABOVE_M;
      sign.place(x + index * besideM.x, above, z + index * besideM.z, head);
    });
    return true;
  }

  dispose(): void {
    for (const sign of this.#signs) sign.dispose();
    this.group.removeFromParent();
    this.#parts.planning.besideM.set(0, 0, 0);
  }
}
