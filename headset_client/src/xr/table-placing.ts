// Puts the model on a table of the person's room: what the working hand points at is marked, a press leaves it there,
// and an anchor of the device keeps it there.
import {
  DoubleSide,
  Euler,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  Quaternion,
  RingGeometry,
  Vector3,
  type WebXRManager,
} from "three";
import { colours } from "../design/tokens";

export type Placing = "impossible" | "aiming" | "placed";

export interface PlacingHooks {
  readonly manager: WebXRManager;
  /** The hand whose ray aims. */
  hand(): XRHandedness;
  /** The press is meant for a button. */
  isOnButton(): boolean;
  /** A place was found, is aimed at, or cannot be found here. */
  onChange(): void;
}

/** The stage, and how high its middle stands over a table. */
export interface Placed {
  readonly position: Vector3;
  rotateY(radians: number): unknown;
  readonly lift: number;
}

const RING = { inner: 0.045, outer: 0.055 } as const;
/** What an anchor drifts by in a frame without anybody seeing it, metres. */
const STILL_M = 0.0005;
/** Steeper is a wall. */
const LEVEL = 0.8;

export class TablePlacing {
  readonly ring = new Mesh(
    new RingGeometry(RING.inner, RING.outer, 48).rotateX(-Math.PI / 2),
    new MeshBasicMaterial({ color: colours.accent, side: DoubleSide, transparent: true, opacity: 0.95 }),
  );
  readonly #hooks: PlacingHooks;
  readonly #abort = new AbortController();
  readonly #matrix = new Matrix4();
  readonly #up = new Vector3();
  readonly #before = new Vector3();
  readonly #now = new Vector3();
  readonly #turn = new Quaternion();
  readonly #angles = new Euler();
  #state: Placing = "impossible";
  #source: XRHitTestSource | null = null;
  #sourceSpace: XRSpace | null = null;
  #asked = false;
  #hit: XRHitTestResult | null = null;
  #anchor: XRAnchor | null = null;
  #anchorYaw: number | null = null;
  #wantsAnchor = false;

  constructor(hooks: PlacingHooks) {
    this.#hooks = hooks;
    this.ring.visible = false;
    this.ring.raycast = () => {};
    this.#session?.addEventListener("select", () => this.#press(), {
      signal: this.#abort.signal,
    } as AddEventListenerOptions);
  }

  get state(): Placing {
    return this.#state;
  }

  /** The device holds the place. */
  get isAnchored(): boolean {
    return this.#anchor !== null;
  }

  /** The device finds surfaces of the room. */
  get canPlace(): boolean {
    const session = this.#session;
    if (!session?.requestHitTestSource) return false;
    // Older browsers do not say what they enabled: asking tells.
    return session.enabledFeatures?.includes("hit-test") ?? true;
  }

  /** Aims; the press that follows places. */
  begin(): void {
    if (!this.canPlace) return;
    this.#dropAnchor();
    this.#set("aiming");
  }

  /** The model stays where it is. */
  end(): void {
    if (this.#state !== "aiming") return;
    this.ring.visible = false;
    this.#set("placed");
  }

  /** Once a frame: marks what is aimed at and takes the model there, or follows the anchor. */
  update(stage: Placed): void {
    const frame = this.#hooks.manager.getFrame();
    const space = this.#hooks.manager.getReferenceSpace();
    if (!frame || !space) return;
    if (this.#state === "aiming") this.#aim(frame, space, stage);
    else if (this.#wantsAnchor) this.#setAnchor(frame, space);
    else if (this.#anchor) this.#follow(frame, space, stage);
  }

  dispose(): void {
    this.#abort.abort();
    this.#source?.cancel();
    this.#dropAnchor();
    this.ring.geometry.dispose();
    this.ring.material.dispose();
    this.ring.removeFromParent();
  }

  get #session(): XRSession | null {
    return this.#hooks.manager.getSession();
  }

  #aim(frame: XRFrame, space: XRReferenceSpace, stage: Placed): void {
    this.#askForHits();
    const hit = this.#source ? levelHit(frame.getHitTestResults(this.#source), space, this.#matrix, this.#up) : null;
    this.#hit = hit;
    this.ring.visible = hit !== null;
    if (!hit) return;
    this.#now.setFromMatrixPosition(this.#matrix);
    this.ring.position.copy(this.#now);
    stage.position.copy(this.#now);
    stage.position.y += stage.lift;
  }

  /** From the working hand's ray; from the head where there is no hand yet. */
  #askForHits(): void {
    const session = this.#session;
    const sources = [...(session?.inputSources ?? [])].filter(({ targetRayMode }) => targetRayMode !== "screen");
    const hand = sources.find(({ handedness }) => handedness === this.#hooks.hand()) ?? sources[0];
    const aimed = hand?.targetRaySpace ?? null;
    if (this.#asked || !session?.requestHitTestSource || (this.#source && aimed === this.#sourceSpace)) return;
    this.#asked = true;
    const asking = aimed ? Promise.resolve(aimed) : session.requestReferenceSpace("viewer");
    asking
      .then((from) => session.requestHitTestSource?.({ space: from }))
      .then((source) => {
        this.#source?.cancel();
        this.#source = source ?? null;
        this.#sourceSpace = aimed;
        this.#asked = false;
      })
      .catch((error: unknown) => {
        // It said it could and cannot: the model stands where it is, and is moved by hand.
        console.info("no surfaces are found here", error);
        this.ring.visible = false;
        this.#set("impossible");
      });
  }

  #press(): void {
    if (this.#state !== "aiming" || !this.#hit || this.#hooks.isOnButton()) return;
    this.ring.visible = false;
    this.#wantsAnchor = true;
    this.#set("placed");
  }

  /** The device keeps the place while it learns the room better; without anchors the place is as good as it was. */
  #setAnchor(frame: XRFrame, space: XRReferenceSpace): void {
    this.#wantsAnchor = false;
    const { x, y, z } = this.ring.position;
    frame.createAnchor?.(new XRRigidTransform({ x, y, z }), space)?.then(
      (anchor) => {
        this.#anchor = anchor;
        this.#anchorYaw = null;
      },
      (error: unknown) => console.info("the place is kept without an anchor", error),
    );
  }

  #follow(frame: XRFrame, space: XRReferenceSpace, stage: Placed): void {
    const pose =
      this.#anchor && frame.trackedAnchors?.has(this.#anchor) && frame.getPose(this.#anchor.anchorSpace, space);
    if (!pose) return;
    const { position, orientation } = pose.transform;
    this.#now.set(position.x, position.y, position.z);
    this.#turn.set(orientation.x, orientation.y, orientation.z, orientation.w);
    const yaw = this.#angles.setFromQuaternion(this.#turn, "YXZ").y;
    if (this.#anchorYaw !== null && this.#now.distanceTo(this.#before) < STILL_M) return;
    if (this.#anchorYaw !== null) {
      // By what the room moved, so that what a hand did to the model since stays.
      stage.position.add(this.#now).sub(this.#before);
      stage.rotateY(yaw - this.#anchorYaw);
    }
    this.#before.copy(this.#now);
    this.#anchorYaw = yaw;
  }

  #dropAnchor(): void {
    this.#wantsAnchor = false;
    this.#anchor?.delete();
    this.#anchor = null;
    this.#anchorYaw = null;
  }

  #set(state: Placing): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#hooks.onChange();
  }
}

/** The nearest that a thing can stand on; its pose is left in `matrix`. */
export function levelHit(
  hits: readonly XRHitTestResult[],
  space: XRSpace,
  matrix: Matrix4,
  up: Vector3,
): XRHitTestResult | null {
  for (const hit of hits) {
    const pose = hit.getPose(space);
    if (!pose) continue;
    matrix.fromArray(pose.transform.matrix);
    if (up.setFromMatrixColumn(matrix, 1).y >= LEVEL) return hit;
  }
  return null;
}
