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

export class ViewWatch {
  readonly #onRest: (pose: ViewPose) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #latest: ViewPose | null = null;
  #toldMs = 0;
  /** Where the view was when the clock started. */
  #from: ViewPose | null = null;
  readonly #eye = new Vector3();
  readonly #forward = new Vector3();

  constructor(onRest: (pose: ViewPose) => void) {
    this.#onRest = onRest;
  }

  get latest(): ViewPose | null {
    return this.#latest;
  }

  /** The view moved and has not come to rest. */
  get moving(): boolean {
    return this.#timer !== undefined;
  }

  /** Once a frame. */
  look(camera: Camera, patient: Object3D, heightPixels: number): void {
    const pose = this.#pose(camera, patient, heightPixels);
    this.#latest = pose;
    if (this.#from && !isElsewhere(this.#from, pose)) return;
    const nowMs = performance.now();
    // Of the first look, and of one after a rest, the way begins here.
    if (!this.moving) this.#toldMs = nowMs;
    this.#from = pose;
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
    if (this.#latest) this.#onRest(this.#latest);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #pose(camera: Camera, patient: Object3D, heightPixels: number): ViewPose {
    const eye = patient.worldToLocal(this.#eye.setFromMatrixPosition(camera.matrixWorld));
    const ahead = this.#forward.set(0, 0, -1).transformDirection(camera.matrixWorld);
    ahead.add(camera.getWorldPosition(new Vector3()));
    const forward = patient.worldToLocal(ahead).sub(eye).normalize();
    // Of the projection itself: a headset's camera has no field of view of its own.
    const [across, up] = [camera.projectionMatrix.elements[0] as number, camera.projectionMatrix.elements[5] as number];
    return {
      eyeLpsMm: lpsFromGltf(eye),
      forwardLps: lpsDirectionFromGltf(forward),
      fieldOfView: 2 * Math.atan(1 / up),
      aspect: up / across,
      heightPixels,
    };
  }
}

function isElsewhere(a: ViewPose, b: ViewPose): boolean {
  const moved = Math.hypot(...a.eyeLpsMm.map((value, axis) => value - (b.eyeLpsMm[axis] as number)));
  const turned = Math.hypot(...a.forwardLps.map((value, axis) => value - (b.forwardLps[axis] as number)));
  const distance = Math.hypot(...a.eyeLpsMm);
  return moved > STILL * Math.max(50, distance) || turned > STILL || a.heightPixels !== b.heightPixels;
}
