// Comfort in a headset: turning in steps by the stick, recentring, and a headset that falls asleep.
import { type Camera, Matrix4, type Object3D, Vector3, type WebXRManager } from "three";

/** A twelfth of a circle a push: large enough to be done at once, small enough to keep one's bearings. */
export const SNAP_RADIANS = Math.PI / 6;
/** A stick counts as pushed far out, and as back again well before its middle, so that one push is one step. */
const PUSHED = 0.75;
const BACK = 0.35;
/** Of the `xr-standard` mapping: the stick's way to the right. */
const STICK_X = 2;

/** One stick: 1 for a push to the right, -1 to the left, 0 otherwise. */
export class StickPush {
  #out = false;

  step(x: number): -1 | 0 | 1 {
    if (this.#out) {
      if (Math.abs(x) < BACK) this.#out = false;
      return 0;
    }
    if (Math.abs(x) < PUSHED) return 0;
    this.#out = true;
    return x > 0 ? 1 : -1;
  }
}

const eye = new Vector3();
const turn = new Matrix4();

/** As if the person turned to the right by so much: the stage goes the other way around their head. */
export function turnAround(stage: Object3D, head: Camera, radians: number): void {
  eye.setFromMatrixPosition(head.matrixWorld).setY(0);
  turn.makeRotationY(radians);
  stage.position.sub(eye).applyMatrix4(turn).add(eye);
  stage.rotateOnWorldAxis(UP, radians);
}

const UP = new Vector3(0, 1, 0);

export interface ComfortHooks {
  /** Nobody sees it any more: what a hand holds is let go. */
  onSleep(): void;
  /** The person asked their headset to recentre. */
  onRecentre(): void;
}

export class Comfort {
  readonly #manager: WebXRManager;
  readonly #pushes = new Map<XRHandedness, StickPush>();
  readonly #abort = new AbortController();

  constructor(manager: WebXRManager, hooks: ComfortHooks) {
    this.#manager = manager;
    const session = manager.getSession();
    const { signal } = this.#abort;
    // "visible-blurred" is a menu of the headset in front: hands are not tracked then either.
    session?.addEventListener("visibilitychange", () => session.visibilityState !== "visible" && hooks.onSleep(), {
      signal,
    } as AddEventListenerOptions);
    manager.getReferenceSpace()?.addEventListener("reset", () => hooks.onRecentre(), {
      signal,
    } as AddEventListenerOptions);
  }

  /** Once a frame: how far a stick turned the person since the last, radians to the right. */
  turned(): number {
    let steps = 0;
    for (const { handedness, gamepad } of this.#manager.getSession()?.inputSources ?? []) {
      const x = gamepad?.mapping === "xr-standard" ? gamepad.axes[STICK_X] : undefined;
      if (x === undefined) continue;
      const push = this.#pushes.get(handedness) ?? new StickPush();
      this.#pushes.set(handedness, push);
      steps += push.step(x);
    }
    return steps * SNAP_RADIANS;
  }

  dispose(): void {
    this.#abort.abort();
  }
}
