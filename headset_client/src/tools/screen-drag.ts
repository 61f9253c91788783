// Mouse, pen and touch on resections: hover, drag, and the finer drag with Shift.
import { type Camera, type Object3D, Ray, Raycaster, Vector2, Vector3 } from "three";
import type { ResectionState } from "../protocol";
import type { GrabTarget } from "../scene/grab-target";
import { isInPane, workingBox } from "../scene/panes";
import { type DragSettings, type DragView, type Pointer, type ResectionDrag, startDrag } from "./resection-drags";

export interface ScreenDragHooks {
  camera(): Camera;
  /** The group resections are in; rays are taken into its frame. */
  patient(): Object3D;
  pickables(): readonly Object3D[];
  /** `point` in the world. */
  targetOf(object: Object3D, point: Vector3): GrabTarget | null;
  settings(): DragSettings;
  /** Only a part of the hand's way counts. */
  isFine(): boolean;
  begin(target: GrabTarget): boolean;
  move(resection: ResectionState): void;
  end(): void;
  hover(target: GrabTarget | null): void;
}

/** How much of the way counts while Shift is held. */
export const FINE_GAIN = 0.2;

export class ScreenDrag {
  readonly #canvas: HTMLElement;
  readonly #hooks: ScreenDragHooks;
  readonly #raycaster = new Raycaster();
  readonly #aimed = new Vector2();
  readonly #abort = new AbortController();
  readonly #measured = new Vector3();
  readonly #way = new Vector3();
  #drag: { readonly pointerId: number; readonly run: ResectionDrag } | null = null;

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
    const run = startDrag(target, this.#pointer(event), this.#view(), this.#hooks.settings());
    if (!this.#hooks.begin(target) || !run) return;
    this.#measured.set(0, 0, 0);
    this.#way.set(0, 0, 0);
    this.#drag = { pointerId: event.pointerId, run };
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
    this.#aim(event);
    const measured = this.#drag.run.measure(this.#pointer(event));
    // Fine and coarse may change within one drag: only what is new is scaled, so nothing jumps.
    const gain = event.shiftKey || this.#hooks.isFine() ? FINE_GAIN : 1;
    this.#way.addScaledVector(measured, gain).addScaledVector(this.#measured, -gain);
    this.#measured.copy(measured);
    this.#hooks.move(this.#drag.run.apply(this.#way));
  }

  #up(event: PointerEvent): void {
    if (event.pointerId !== this.#drag?.pointerId) return;
    event.stopImmediatePropagation();
    this.abandon();
    this.#hooks.end();
  }

  #view(): DragView {
    const toPatient = this.#hooks.patient().matrixWorld.clone().invert();
    const world = this.#hooks.camera().matrixWorld;
    const axis = (index: number) => new Vector3().setFromMatrixColumn(world, index).transformDirection(toPatient);
    return { right: axis(0), up: axis(1), forward: axis(2).negate() };
  }

  #hit(event: PointerEvent): GrabTarget | null {
    this.#aim(event);
    if (!isInPane(this.#aimed)) return null;
    const objects = this.#hooks.pickables();
    // Handles are drawn over everything, so they are hit before the sheets behind or in front of them.
    let body: GrabTarget | null = null;
    for (const { object, point } of this.#raycaster.intersectObjects([...objects], false)) {
      const target = this.#hooks.targetOf(object, point);
      if (target && target.part.kind !== "body") return target;
      body ??= target;
    }
    return body;
  }

  #aim(event: PointerEvent): void {
    const box = workingBox(this.#canvas);
    this.#aimed.set(((event.clientX - box.left) / box.width) * 2 - 1, 1 - ((event.clientY - box.top) / box.height) * 2);
    this.#raycaster.setFromCamera(this.#aimed, this.#hooks.camera());
  }

  #pointer(event: PointerEvent): Pointer {
    const toPatient = this.#hooks.patient().matrixWorld.clone().invert();
    const ray = new Ray().copy(this.#raycaster.ray).applyMatrix4(toPatient);
    return { ray, x: event.clientX, y: event.clientY };
  }
}
