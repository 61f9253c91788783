// Controllers and hands on the planes and, when it is unlocked, on the model: near by grabbing, far by ray.
import { type HandleState, HandleStore } from "@pmndrs/handle";
import { BoxGeometry, Group, Matrix4, Mesh, MeshBasicMaterial, type Object3D, Vector3 } from "three";
import type { PlanePose } from "../geometry/plane-pose";
import { sheetQuaternion } from "../geometry/plane-pose";

export interface PlaneGrabHooks {
  poseOf(resectionId: string): PlanePose | null;
  begin(resectionId: string, pose: PlanePose): boolean;
  move(pose: PlanePose): void;
  end(): void;
}

/** The pointers of a headset that grab. */
const GRABBING = new Set(["grab", "ray"]);
/**
 * Of a hand's pointers only the one nearest to something acts. A fingertip that touches the plane would win over the
 * pinch that wants to grab it, so planes are out of its reach.
 */
const NOT_POKED = { pointerEventsType: { deny: "touch" } };

/** Model scale in a headset, as a multiple of true size. */
export const SCALE_LIMITS = { least: 0.2, most: 8 } as const;

export class PlaneGrab {
  readonly #patient: Object3D;
  readonly #hooks: PlaneGrabHooks;
  readonly #grabs = new Map<string, { store: HandleStore<void>; proxy: Group; unbind: () => void }>();
  readonly #settling = new Settling();

  constructor(patient: Object3D, hooks: PlaneGrabHooks) {
    this.#patient = patient;
    this.#hooks = hooks;
  }

  add(resectionId: string, pick: Mesh): void {
    // A proxy carries the hand's full pose; the sheet shows only what matters of it, the plane.
    const proxy = new Group();
    this.#patient.add(proxy);
    const store = new HandleStore<void>(proxy, () => ({
      scale: false,
      multitouch: false,
      filter: (event) => {
        if (!GRABBING.has(event.pointerType)) return false;
        this.#placeProxy(resectionId, proxy);
        return true;
      },
      apply: (state) => this.#apply(resectionId, proxy, state),
    }));
    Object.assign(pick, NOT_POKED);
    this.#grabs.set(resectionId, { store, proxy, unbind: store.bind(pick) });
  }

  remove(resectionId: string): void {
    const grab = this.#grabs.get(resectionId);
    if (!grab) return;
    grab.store.cancel();
    grab.unbind();
    grab.proxy.removeFromParent();
    this.#grabs.delete(resectionId);
  }

  /** The drag ended elsewhere: the hand lets go. */
  abandon(): void {
    for (const { store } of this.#grabs.values()) store.cancel();
  }

  update(timeMs: number): void {
    for (const { store } of this.#grabs.values()) store.update(timeMs);
  }

  #placeProxy(resectionId: string, proxy: Object3D): void {
    const pose = this.#hooks.poseOf(resectionId);
    if (!pose) return;
    proxy.position.copy(pose.point);
    sheetQuaternion(pose.normal, proxy.quaternion);
    proxy.updateMatrixWorld(true);
  }

  #apply(resectionId: string, proxy: Object3D, state: HandleState<void>): void {
    if (state.first) {
      const pose = this.#hooks.poseOf(resectionId);
      // Cancelling inside its own first call would leave the store half started, so it follows at once after it.
      if (!pose || !this.#hooks.begin(resectionId, pose)) queueMicrotask(() => state.cancel());
      else this.#settling.start(proxy, state.current.time);
      return;
    }
    if (state.last) {
      this.#hooks.end();
      return;
    }
    proxy.position.copy(state.current.position);
    proxy.quaternion.copy(state.current.quaternion);
    if (this.#settling.settle(proxy, state.current.time)) {
      this.#hooks.move({
        point: proxy.position.clone(),
        normal: new Vector3(0, 0, 1).applyQuaternion(proxy.quaternion),
      });
    }
  }
}

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
