// What others see of this person: eyes, hands and what they point at; thirty times a second at most, while it changes.
import { Quaternion, Raycaster, Vector2, Vector3, type WebXRManager } from "three";
import type { PlanningApp } from "../planning-app";
import type { PersonPose, PoseState, RayState } from "../protocol";
import { workingBox } from "../scene/panes";
import { handPose } from "../xr/hand-pose";
import { isSamePose, pointInPatient, poseInPatient } from "./person-pose";

const EVERY_MS = 33;

export class OwnPresence {
  readonly #app: PlanningApp;
  readonly #abort = new AbortController();
  readonly #pointer = new Vector2();
  readonly #ray = new Raycaster();
  readonly #place = new Vector3();
  readonly #turn = new Quaternion();
  #isPointing = false;
  #told: PersonPose | null = null;
  #toldMs = Number.NEGATIVE_INFINITY;
  #late = 0;
  #hidden = false;

  constructor(app: PlanningApp) {
    this.#app = app;
    const canvas = app.viewport?.canvas;
    const { signal } = this.#abort;
    canvas?.addEventListener("pointermove", (event) => this.#pointed(event), { signal });
    canvas?.addEventListener("pointerleave", () => this.#left(), { signal });
  }

  dispose(): void {
    clearTimeout(this.#late);
    this.#abort.abort();
  }

  /** Says where this person is now, unless they did so just before: then a little later. */
  tell(): void {
    const { privateView } = this.#app.ui.getState();
    const wait = this.#toldMs + EVERY_MS - performance.now();
    clearTimeout(this.#late);
    if (wait > 0) {
      this.#late = window.setTimeout(() => this.tell(), wait);
      return;
    }
    const pose = privateView || this.#hidden || !this.#hasCompany ? null : this.#pose();
    if (isSamePose(pose, this.#told)) return;
    if (!this.#app.session.movePresence(pose)) return;
    this.#told = pose;
    this.#toldMs = performance.now();
  }

  /** Somebody looks at what was, and is nowhere meanwhile. */
  hide(hidden: boolean): void {
    this.#hidden = hidden;
    this.tell();
  }

  /** Somebody came who knows nothing of this person yet. */
  forget(): void {
    this.#told = null;
  }

  get #hasCompany(): boolean {
    const { people, recording } = this.#app.session.state.getState();
    return people.length > 1 || recording !== null;
  }

  #pose(): PersonPose | null {
    const { viewport, planning, ui } = this.#app;
    if (!viewport) return null;
    const { xr } = viewport.renderer;
    const eyes = xr.isPresenting ? xr.getCamera() : viewport.camera;
    eyes.matrixWorld.decompose(this.#place, this.#turn, new Vector3());
    const head = poseInPatient(planning.patient, this.#place, this.#turn);
    if (!xr.isPresenting) return { head, left: null, right: null, ray: this.#mouse(), model_scale: 1 };
    const hands = this.#hands(xr);
    return { head, ...hands, model_scale: ui.getState().modelScale };
  }

  /** Where the pointer is on the liver, or on what is before it. */
  #mouse(): RayState | null {
    const { viewport, planning } = this.#app;
    if (!viewport || !this.#isPointing) return null;
    this.#ray.setFromCamera(this.#pointer, viewport.camera);
    const hit = planning.liverHit(this.#ray);
    if (!hit) return null;
    return {
      from_lps_mm: pointInPatient(planning.patient, viewport.camera.position),
      to_lps_mm: pointInPatient(planning.patient, planning.patient.localToWorld(hit)),
    };
  }

  #hands(manager: WebXRManager): Pick<PersonPose, "left" | "right" | "ray"> {
    const aim = handPose(manager, this.#app.ui.getState().hand, "targetRaySpace");
    return {
      left: this.#grip(manager, "left"),
      right: this.#grip(manager, "right"),
      ray: aim ? this.#laser(aim) : null,
    };
  }

  #grip(manager: WebXRManager, hand: "left" | "right"): PoseState | null {
    const grip = handPose(manager, hand, "gripSpace");
    return grip ? poseInPatient(this.#app.planning.patient, this.#at(grip), this.#turned(grip)) : null;
  }

  #laser(aim: XRRigidTransform): RayState | null {
    const { planning } = this.#app;
    this.#ray.ray.origin.copy(this.#at(aim));
    this.#ray.ray.direction.set(0, 0, -1).applyQuaternion(this.#turned(aim));
    const hit = planning.liverHit(this.#ray);
    if (!hit) return null;
    return {
      from_lps_mm: pointInPatient(planning.patient, this.#ray.ray.origin),
      to_lps_mm: pointInPatient(planning.patient, planning.patient.localToWorld(hit)),
    };
  }

  #at({ position: { x, y, z } }: XRRigidTransform): Vector3 {
    return this.#place.set(x, y, z);
  }

  #turned({ orientation: { x, y, z, w } }: XRRigidTransform): Quaternion {
    return this.#turn.set(x, y, z, w);
  }

  #pointed(event: PointerEvent): void {
    const { left, top, width, height } = workingBox(event.currentTarget as HTMLElement);
    this.#pointer.set(((event.clientX - left) / width) * 2 - 1, 1 - ((event.clientY - top) / height) * 2);
    this.#isPointing = true;
    this.tell();
  }

  #left(): void {
    this.#isPointing = false;
    this.tell();
  }
}
