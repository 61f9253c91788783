// Right after a grab the tracked hand still jerks: what it does in the first moment moves nothing.
import { Matrix4, type Object3D, Vector3 } from "three";

const SETTLE_MS = 80;
const SETTLE_MOVES = 2;

/**
 * Closing a hand turns the wrist by several degrees, and pressing a grip shakes the controller. What happens in the
 * first moment after a grab is taken out of the motion, so that a plane stays where it was taken.
 */
export class Settling {
  readonly #start = new Matrix4();
  readonly #correction = new Matrix4();
  #since = 0;
  #moves = 0;
  #settled = false;

  start(proxy: Object3D, timeMs: number): void {
    this.#start.compose(proxy.position, proxy.quaternion, ONE);
    this.#since = timeMs;
    this.#moves = 0;
    this.#settled = false;
  }

  /** Corrects the proxy's pose; false while the grab is still settling and nothing should move. */
  settle(proxy: Object3D, timeMs: number): boolean {
    this.#moves += 1;
    if (!this.#settled) {
      const pose = matrix.compose(proxy.position, proxy.quaternion, ONE);
      this.#correction.copy(pose.invert()).multiply(this.#start);
      this.#settled = this.#moves >= SETTLE_MOVES && timeMs - this.#since >= SETTLE_MS;
      return false;
    }
    matrix.compose(proxy.position, proxy.quaternion, ONE).multiply(this.#correction);
    matrix.decompose(proxy.position, proxy.quaternion, scale);
    return true;
  }
}

const ONE = new Vector3(1, 1, 1);
const matrix = new Matrix4();
const scale = new Vector3();
