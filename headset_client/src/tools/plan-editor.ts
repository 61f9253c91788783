// The verbs on planes, the same for mouse, keyboard, controller and hand.

import { centreOfBounds } from "../geometry/bounds";
import {
  flipped,
  inPlaneAxes,
  movedAlongNormal,
  type PlanePose,
  poseFromResection,
  proposedStart,
  resectionFromPose,
  rotatedAbout,
} from "../geometry/plane-pose";
import type { PlaneResectionState, SceneManifest } from "../protocol";
import { displayedPlan } from "../session/displayed-plan";
import { newId, type PlanningSession } from "../session/planning-session";
import type { UiStore } from "../ui-state";

export class PlanEditor {
  readonly #session: PlanningSession;
  readonly #ui: UiStore;

  constructor(session: PlanningSession, ui: UiStore) {
    this.#session = session;
    this.#ui = ui;
  }

  /** The resection that tools act on: the chosen one, or the only one. */
  get selected(): PlaneResectionState | null {
    const plan = displayedPlan(this.#session.state.getState());
    const { selected } = this.#ui.getState();
    const chosen = plan.find(({ resection }) => resection.resection_id === selected) ?? plan[0];
    return chosen?.resection ?? null;
  }

  /** The resection this person is dragging. */
  get dragging(): string | null {
    return this.#session.state.getState().held?.resection.resection_id ?? null;
  }

  select(resectionId: string): void {
    this.#ui.setState({ selected: resectionId });
  }

  begin(resectionId: string, pose: PlanePose): boolean {
    this.select(resectionId);
    return this.#session.hold(resectionFromPose(resectionId, pose));
  }

  move(pose: PlanePose): void {
    const id = this.dragging;
    if (id) this.#session.move(resectionFromPose(id, pose));
  }

  end(): void {
    this.#session.release();
  }

  cancel(): void {
    this.#session.cancel();
  }

  place(): void {
    const { scene } = this.#session.state.getState();
    if (!scene) return;
    const resectionId = newId("resection");
    this.#session.commit(resectionFromPose(resectionId, startPose(scene)));
    this.select(resectionId);
  }

  flip(): void {
    const resection = this.selected;
    if (!resection || this.dragging) return;
    this.#session.commit(resectionFromPose(resection.resection_id, flipped(poseFromResection(resection))));
  }

  remove(): void {
    const resection = this.selected;
    if (resection && !this.dragging) this.#session.remove(resection.resection_id);
  }

  /** One key press: along the normal in move mode, tilted about an axis of the sheet in rotate mode. */
  nudge(horizontal: number, vertical: number, step: number): void {
    const resection = this.selected;
    if (!resection) return;
    const pose = poseFromResection(resection);
    if (!this.dragging && !this.begin(resection.resection_id, pose)) return;
    if (this.#ui.getState().handleMode === "move") {
      this.move(movedAlongNormal(pose, step * (horizontal || vertical)));
      return;
    }
    const { right, up } = inPlaneAxes(pose.normal);
    const axis = horizontal !== 0 ? up : right;
    const degrees = step * (horizontal !== 0 ? horizontal : -vertical);
    this.move(rotatedAbout(pose, axis, (degrees * Math.PI) / 180));
  }
}

function startPose(scene: SceneManifest): PlanePose {
  const centreOf = (name: string) => {
    const structure = scene.structures.find((candidate) => candidate.name === name);
    return structure ? centreOfBounds(structure.bounds_lps_mm) : null;
  };
  const liver = centreOf("liver") ?? centreOfBounds(scene.bounds_lps_mm);
  return proposedStart(liver, centreOf("gallbladder"), centreOf("inferior_vena_cava"));
}
