// Tells when the view came to rest somewhere else, and now and then while it goes on: levels are chosen then, never in
// every frame.
import { type Camera, type Object3D, Vector3 } from "three";
import { lpsDirectionFromGltf, lpsFromGltf } from "../geometry/patient-frame";
import type { ViewPose } from "./level-choice";

const REST_MS = 250;
/** A head that walks around the model does not rest: what it comes near gets finer under way. */
const UNDER_WAY_MS = 1000;
/** A head is never quite still: so much of the distance, and of a radian, is rest. */
const STILL = 0.02;
/** Nearer to the patient's origin than this no way counts for more. */
const NEAR_M = 0.05;

/** Where the eye is and looks to, in the patient group (glTF metres), written anew each frame. */
class Look {
  readonly eye = new Vector3();
  readonly forward = new Vector3();
  fieldOfView = 0;
  aspect = 0;
  heightPixels = 0;

  copy(other: Look): void {
    this.eye.copy(other.eye);
    this.forward.copy(other.forward);
    this.heightPixels = other.heightPixels;
  }

  isElsewhere(other: Look): boolean {
    return (
      this.eye.distanceTo(other.eye) > STILL * Math.max(NEAR_M, this.eye.length()) ||
      this.forward.distanceTo(other.forward) > STILL ||
      this.heightPixels !== other.heightPixels
    );
  }
}

export class ViewWatch {
  readonly #onRest: (pose: ViewPose) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #toldMs = 0;
  readonly #now = new Look();
  /** Where the view was when the clock started. */
  readonly #from = new Look();
  #looked = false;
  readonly #ahead = new Vector3();

  constructor(onRest: (pose: ViewPose) => void) {
    this.#onRest = onRest;
  }

  /** Null before the first look. */
  get latest(): ViewPose | null {
    if (!this.#looked) return null;
    const { eye, forward, fieldOfView, aspect, heightPixels } = this.#now;
    return { eyeLpsMm: lpsFromGltf(eye), forwardLps: lpsDirectionFromGltf(forward), fieldOfView, aspect, heightPixels };
  }

  /** The view moved and has not come to rest. */
  get moving(): boolean {
    return this.#timer !== undefined;
  }

  /** Once a frame. */
  look(camera: Camera, patient: Object3D, heightPixels: number): void {
    this.#see(camera, patient, heightPixels);
    if (this.#looked && !this.#from.isElsewhere(this.#now)) return;
    this.#looked = true;
    const nowMs = performance.now();
    // Of the first look, and of one after a rest, the way begins here.
    if (!this.moving) this.#toldMs = nowMs;
    this.#from.copy(this.#now);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
    }, REST_MS);
    if (nowMs - this.#toldMs < UNDER_WAY_MS) return;
    this.#toldMs = nowMs;
    this.#tell();
  }

  #tell(): void {
    const { latest } = this;
    if (latest) this.#onRest(latest);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #see(camera: Camera, patient: Object3D, heightPixels: number): void {
    const now = this.#now;
    patient.worldToLocal(now.eye.setFromMatrixPosition(camera.matrixWorld));
    this.#ahead.set(0, 0, -1).transformDirection(camera.matrixWorld);
    this.#ahead.add(now.forward.setFromMatrixPosition(camera.matrixWorld));
    now.forward.copy(patient.worldToLocal(this.#ahead)).sub(now.eye).normalize();
    // Of the projection itself: a headset's camera has no field of view of its own.
    const { elements } = camera.projectionMatrix;
    const up = elements[5] as number;
    now.fieldOfView = 2 * Math.atan(1 / up);
    now.aspect = up / (elements[0] as number);
    now.heightPixels = heightPixels;
  }
}
