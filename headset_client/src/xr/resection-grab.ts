// Controllers and hands on resections and their handles: near by grabbing, far by ray.
import { type HandleState, HandleStore } from "@pmndrs/handle";
import { Group, Matrix4, type Mesh, type Object3D, Quaternion, Vector3 } from "three";
import { Settling } from "./settling";

/** Something that a hand can take. */
export interface Grip {
  /** Writes where it is in the patient group; false where there is nothing to take. */
  locate(position: Vector3, quaternion: Quaternion): boolean;
  /** False where somebody else holds it. */
  begin(): boolean;
  /** The rigid motion in the patient group since it was taken. */
  move(motion: Matrix4): void;
  end(): void;
}

/** The pointers of a headset that grab. */
export const GRABBING: ReadonlySet<string> = new Set(["grab", "ray"]);
/**
 * Of a hand's pointers only the one nearest to something acts. A fingertip that touches the plane would win over the
 * pinch that wants to grab it, so planes are out of its reach.
 */
export const NOT_POKED = { pointerEventsType: { deny: "touch" } };
/** Handles lie on what they belong to: they come first. */
const HANDLES_FIRST = { pointerEventsOrder: 1 };
/** A hand this much farther from a handle than from the sheet it lies on still means the handle, metres. */
const HANDLE_BIAS_M = 0.03;

/** For pointers that grab near by, which look at distances alone: what is nearest, handles a little before sheets. */
export function handlesFirst(
  a: { readonly distance: number; readonly object: Object3D },
  _orderOfA: number | undefined,
  b: { readonly distance: number; readonly object: Object3D },
  _orderOfB?: number | undefined,
): number {
  return biased(a) - biased(b);
}

function biased({ distance, object }: { readonly distance: number; readonly object: Object3D }): number {
  const order = (object as { pointerEventsOrder?: number }).pointerEventsOrder ?? 0;
  return distance - order * HANDLE_BIAS_M;
}

/** How much of a hand's way counts in fine mode. */
export const FINE_GAIN = 0.25;

interface Grab {
  readonly store: HandleStore<void>;
  readonly proxy: Group;
  readonly unbind: () => void;
}

export interface GrabHooks {
  /** Fine mode is on. */
  isFine(): boolean;
  /** A hand took something; null where the pointer is not a headset's. */
  taken(source: XRInputSource | null): void;
  released(): void;
}

export class ResectionGrab {
  readonly #patient: Object3D;
  readonly #hooks: GrabHooks;
  readonly #grabs = new Map<string, Grab>();
  readonly #settling = new Settling();
  readonly #carried = new CarriedPose();

  #source: XRInputSource | null = null;

  constructor(patient: Object3D, hooks: GrabHooks) {
    this.#patient = patient;
    this.#hooks = hooks;
  }

  /** `isHandle`: it wins over what it lies on. */
  add(key: string, pick: Mesh, grip: Grip, isHandle = false): void {
    // A proxy carries the hand's full pose; what is taken shows only what matters of it.
    const proxy = new Group();
    this.#patient.add(proxy);
    const store = new HandleStore<void>(proxy, () => ({
      scale: false,
      multitouch: false,
      filter: (event) => {
        if (!GRABBING.has(event.pointerType)) return false;
        const found = grip.locate(proxy.position, proxy.quaternion);
        proxy.updateMatrixWorld(true);
        return found;
      },
      apply: (state) => this.#apply(grip, proxy, state),
    }));
    Object.assign(pick, NOT_POKED, isHandle ? HANDLES_FIRST : {});
    this.#grabs.set(key, { store, proxy, unbind: store.bind(pick) });
  }

  remove(key: string): void {
    const grab = this.#grabs.get(key);
    if (!grab) return;
    grab.store.cancel();
    grab.unbind();
    grab.proxy.removeFromParent();
    this.#grabs.delete(key);
  }

  /** The drag ended elsewhere: the hand lets go. */
  abandon(): void {
    for (const { store } of this.#grabs.values()) store.cancel();
  }

  update(timeMs: number): void {
    for (const { store } of this.#grabs.values()) store.update(timeMs);
  }

  #apply(grip: Grip, proxy: Object3D, state: HandleState<void>): void {
    if (state.first) {
      // Cancelling inside its own first call would leave the store half started, so it follows at once after it.
      if (!grip.begin()) queueMicrotask(() => state.cancel());
      else {
        this.#source = sourceOf(state.event);
        this.#hooks.taken(this.#source);
        this.#settling.start(proxy, state.current.time);
        this.#carried.start(proxy);
      }
      return;
    }
    if (state.last) {
      this.#hooks.released();
      grip.end();
      return;
    }
    proxy.position.copy(state.current.position);
    proxy.quaternion.copy(state.current.quaternion);
    if (!this.#settling.settle(proxy, state.current.time)) return;
    grip.move(this.#carried.follow(proxy, this.#hooks.isFine() || pressesBoth(this.#source) ? FINE_GAIN : 1));
  }
}

/** The input source of a headset's pointer event. */
function sourceOf(event: HandleState<void>["event"]): XRInputSource | null {
  const state = event?.pointerState as { readonly inputSource?: XRInputSource } | undefined;
  return state?.inputSource ?? null;
}

const TRIGGER = 0;
const SQUEEZE = 1;

/** Trigger and grip together: precisely, as long as both are held. */
function pressesBoth(source: XRInputSource | null): boolean {
  const buttons = source?.gamepad?.buttons;
  return buttons?.[TRIGGER]?.pressed === true && buttons[SQUEEZE]?.pressed === true;
}

const ONE = new Vector3(1, 1, 1);
const NO_TURN = new Quaternion();

/** A pose that follows a hand by a part of its way; how much may change under way without a jump. */
export class CarriedPose {
  readonly #start = new Matrix4();
  readonly #lastPosition = new Vector3();
  readonly #lastTurn = new Quaternion();
  readonly #position = new Vector3();
  readonly #turn = new Quaternion();
  readonly #step = new Quaternion();
  readonly #motion = new Matrix4();

  start(hand: Object3D): void {
    this.#lastPosition.copy(hand.position);
    this.#lastTurn.copy(hand.quaternion);
    this.#position.copy(hand.position);
    this.#turn.copy(hand.quaternion);
    this.#start.compose(hand.position, hand.quaternion, ONE).invert();
  }

  /** The motion since the start. */
  follow(hand: Object3D, gain: number): Matrix4 {
    this.#position.addScaledVector(hand.position, gain).addScaledVector(this.#lastPosition, -gain);
    this.#step.copy(this.#lastTurn).invert().premultiply(hand.quaternion);
    if (gain !== 1) this.#step.slerpQuaternions(NO_TURN, this.#step, gain);
    this.#turn.premultiply(this.#step).normalize();
    this.#lastPosition.copy(hand.position);
    this.#lastTurn.copy(hand.quaternion);
    return this.#motion.compose(this.#position, this.#turn, ONE).multiply(this.#start);
  }
}
