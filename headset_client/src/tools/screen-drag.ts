// Mouse, pen and touch on the planes: hover, drag along the normal, tilt by a knob, rotate the whole plane.
import { type Camera, type Object3D, Ray, Raycaster, Vector2, Vector3 } from "three";
import { type DragLine, facingParameter, isFacing, lineParameter, tiltFromDrag } from "../geometry/axis-drag";
import { MM_PER_METRE } from "../geometry/patient-frame";
import { inPlaneAxes, movedAlongNormal, type PlanePose, rotatedAbout } from "../geometry/plane-pose";
import type { HandleHit } from "../scene/plane-handles";

export interface GrabTarget {
  readonly resectionId: string;
  readonly pose: PlanePose;
  /** Null where the sheet itself was hit. */
  readonly handle: HandleHit | null;
  /** Half width and height of the sheet, metres. */
  readonly halfSize: { readonly width: number; readonly height: number };
}

export interface ScreenDragHooks {
  camera(): Camera;
  /** The group poses are in; rays are taken into its frame. */
  patient(): Object3D;
  pickables(): readonly Object3D[];
  targetOf(object: Object3D): GrabTarget | null;
  rotates(): boolean;
  begin(resectionId: string, pose: PlanePose): boolean;
  move(pose: PlanePose): void;
  end(): void;
  hover(target: GrabTarget | null): void;
}

interface Drag {
  readonly pointerId: number;
  readonly apply: (ray: Ray) => PlanePose;
}

/** Turning by half a turn takes a drag across this many pixels. */
const ROTATE_PIXELS_PER_HALF_TURN = 600;

export class ScreenDrag {
  readonly #canvas: HTMLElement;
  readonly #hooks: ScreenDragHooks;
  readonly #raycaster = new Raycaster();
  readonly #pointer = new Vector2();
  readonly #abort = new AbortController();
  #drag: Drag | null = null;
  #pixels = { x: 0, y: 0 };

  constructor(canvas: HTMLElement, hooks: ScreenDragHooks) {
    this.#canvas = canvas;
    this.#hooks = hooks;
    // Capture phase: a handle that is hit keeps the press from the camera controls.
    const options = { capture: true, signal: this.#abort.signal };
    canvas.addEventListener("pointerdown", (event) => this.#down(event), options);
    canvas.addEventListener("pointermove", (event) => this.#move(event), options);
    canvas.addEventListener("pointerup", (event) => this.#up(event), options);
    canvas.addEventListener("pointercancel", (event) => this.#up(event), options);
    canvas.addEventListener("pointerleave", () => this.#drag === null && this.#hooks.hover(null), options);
  }

  /** The drag was cancelled or taken away: the pointer does nothing more until it is pressed again. */
  abandon(): void {
    if (!this.#drag) return;
    this.#canvas.releasePointerCapture(this.#drag.pointerId);
    this.#drag = null;
  }

  dispose(): void {
    this.#abort.abort();
  }

  #down(event: PointerEvent): void {
    if (this.#drag || event.button !== 0 || event.altKey) return;
    const target = this.#hit(event);
    if (!target) return;
    event.stopImmediatePropagation();
    if (!this.#hooks.begin(target.resectionId, target.pose)) return;
    this.#pixels = { x: event.clientX, y: event.clientY };
    this.#drag = {
      pointerId: event.pointerId,
      apply: this.#dragFrom(target, this.#patientRay().clone(), event),
    };
    this.#canvas.setPointerCapture(event.pointerId);
    this.#hooks.hover(target);
  }

  #move(event: PointerEvent): void {
    if (!this.#drag) {
      if (event.buttons === 0) this.#hooks.hover(this.#hit(event));
      return;
    }
    if (event.pointerId !== this.#drag.pointerId) return;
    event.stopImmediatePropagation();
    this.#pixels = { x: event.clientX, y: event.clientY };
    this.#aim(event);
    this.#hooks.move(this.#drag.apply(this.#patientRay()));
  }

  #up(event: PointerEvent): void {
    if (event.pointerId !== this.#drag?.pointerId) return;
    event.stopImmediatePropagation();
    this.abandon();
    this.#hooks.end();
  }

  #dragFrom(target: GrabTarget, start: Ray, event: PointerEvent): (ray: Ray) => PlanePose {
    const { pose, handle, halfSize } = target;
    if (handle?.kind === "knob") return this.#tilt(pose, handle.lever, halfSize, start);
    if (!handle && this.#hooks.rotates()) return this.#rotate(pose, event.clientX, event.clientY);
    const along = this.#follow({ origin: pose.point, direction: pose.normal }, start);
    return (ray) => movedAlongNormal(pose, along(ray) * MM_PER_METRE);
  }

  #tilt(pose: PlanePose, lever: Vector3, half: GrabTarget["halfSize"], start: Ray): (ray: Ray) => PlanePose {
    const { right, up } = inPlaneAxes(pose.normal);
    const arm = right.clone().multiplyScalar(lever.x).addScaledVector(up, lever.y);
    const length = Math.abs(lever.x) * half.width + Math.abs(lever.y) * half.height;
    const axis = arm.clone().cross(pose.normal).normalize();
    const end = pose.point.clone().addScaledVector(arm, length);
    const along = this.#follow({ origin: end, direction: pose.normal }, start);
    return (ray) => rotatedAbout(pose, axis, tiltFromDrag(along(ray), length));
  }

  #rotate(pose: PlanePose, startX: number, startY: number): (ray: Ray) => PlanePose {
    const { right, up } = this.#viewAxes();
    return () => {
      const scale = Math.PI / ROTATE_PIXELS_PER_HALF_TURN;
      const turned = rotatedAbout(pose, up, (this.#pixels.x - startX) * scale);
      return rotatedAbout(turned, right, (this.#pixels.y - startY) * scale);
    };
  }

  /** How far the pointer went along the line since `start`; how it is measured is decided once, so nothing jumps. */
  #follow(line: DragLine, start: Ray): (ray: Ray) => number {
    if (!isFacing(start.direction, line)) {
      const from = lineParameter(start, line);
      return (ray) => lineParameter(ray, line) - from;
    }
    const view = this.#viewAxes();
    const from = facingParameter(start, line, view);
    return (ray) => facingParameter(ray, line, view) - from;
  }

  #viewAxes(): { forward: Vector3; up: Vector3; right: Vector3 } {
    const toPatient = this.#hooks.patient().matrixWorld.clone().invert();
    const world = this.#hooks.camera().matrixWorld;
    const axis = (index: number) => new Vector3().setFromMatrixColumn(world, index).transformDirection(toPatient);
    return { right: axis(0), up: axis(1), forward: axis(2).negate() };
  }

  #hit(event: PointerEvent): GrabTarget | null {
    this.#aim(event);
    const objects = this.#hooks.pickables();
    // Handles are drawn over everything, so they are hit before the sheets behind or in front of them.
    let sheet: GrabTarget | null = null;
    for (const { object } of this.#raycaster.intersectObjects([...objects], false)) {
      const target = this.#hooks.targetOf(object);
      if (target?.handle) return target;
      sheet ??= target;
    }
    return sheet;
  }

  #aim(event: PointerEvent): void {
    const box = this.#canvas.getBoundingClientRect();
    this.#pointer.set(
      ((event.clientX - box.left) / box.width) * 2 - 1,
      1 - ((event.clientY - box.top) / box.height) * 2,
    );
    this.#raycaster.setFromCamera(this.#pointer, this.#hooks.camera());
  }

  #patientRay(): Ray {
    const toPatient = this.#hooks.patient().matrixWorld.clone().invert();
    return new Ray().copy(this.#raycaster.ray).applyMatrix4(toPatient);
  }
}
