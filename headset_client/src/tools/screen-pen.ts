// Mouse, pen and touch that draw on the liver, or choose what they point at, while such a tool is on.
import { type Camera, Raycaster, Vector2 } from "three";
import { workingBox } from "../scene/panes";
import type { UiStore } from "../ui-state";
import type { LineDraw } from "./line-draw";
import type { NoteEditor } from "./note-editor";
import type { Pointing } from "./pointing";

export interface ScreenTools {
  readonly line: LineDraw;
  readonly pointing: Pointing;
  readonly notes: NoteEditor;
}

/** A pointer takes an end of a measurement within this, radians. */
const END_SLACK = 0.008;

export class ScreenPen {
  readonly #canvas: HTMLElement;
  readonly #camera: () => Camera;
  readonly #line: LineDraw;
  readonly #pointing: Pointing;
  readonly #notes: NoteEditor;
  readonly #raycaster = new Raycaster();
  readonly #aimed = new Vector2();
  readonly #abort = new AbortController();
  readonly #unsubscribe: () => void;
  #pointerId: number | null = null;

  constructor(canvas: HTMLElement, camera: () => Camera, ui: UiStore, tools: ScreenTools) {
    this.#canvas = canvas;
    this.#camera = camera;
    this.#line = tools.line;
    this.#pointing = tools.pointing;
    this.#notes = tools.notes;
    const options = { capture: true, signal: this.#abort.signal };
    canvas.addEventListener("pointerdown", (event) => this.#down(event), options);
    canvas.addEventListener("pointermove", (event) => this.#move(event), options);
    canvas.addEventListener("pointerup", (event) => this.#up(event), options);
    canvas.addEventListener("pointercancel", (event) => this.#up(event), options);
    this.#unsubscribe = ui.subscribe((state, before) => {
      if (state.tool === before.tool) return;
      canvas.style.cursor = state.tool === "handle" ? "" : "crosshair";
      if (state.tool !== "draw") this.#line.abandon();
    });
  }

  dispose(): void {
    this.#unsubscribe();
    this.#abort.abort();
  }

  #down(event: PointerEvent): void {
    if (this.#noted(event)) {
      event.stopImmediatePropagation();
      return;
    }
    if (this.#pointing.isActive) {
      // Beside the liver the press turns the view, as always.
      if (event.button === 0 && this.#pointing.press(this.#aim(event))) event.stopImmediatePropagation();
      return;
    }
    if (!this.#line.isActive || event.button !== 0 || this.#pointerId !== null) return;
    // Beside the liver the press turns the view, as always.
    if (!this.#line.start(this.#aim(event))) return;
    event.stopImmediatePropagation();
    this.#pointerId = event.pointerId;
    this.#canvas.setPointerCapture(event.pointerId);
  }

  /** An end of a measurement is taken, or a point placed; beside the liver the press turns the view. */
  #noted(event: PointerEvent): boolean {
    if (event.button !== 0 || this.#pointerId !== null) return false;
    const ray = this.#aim(event);
    if (this.#notes.grab(ray, END_SLACK)) {
      this.#pointerId = event.pointerId;
      this.#canvas.setPointerCapture(event.pointerId);
      return true;
    }
    return this.#notes.isActive && this.#notes.press(ray);
  }

  #move(event: PointerEvent): void {
    if (this.#notes.isAdjusting) {
      if (event.pointerId === this.#pointerId) this.#notes.adjust(this.#aim(event));
      event.stopImmediatePropagation();
      return;
    }
    if (this.#notes.isActive) {
      if (event.buttons !== 0) return;
      this.#notes.hover(this.#aim(event));
      event.stopImmediatePropagation();
      return;
    }
    if (this.#pointing.isActive) {
      if (event.buttons !== 0) return;
      this.#pointing.hover(this.#aim(event));
      event.stopImmediatePropagation();
      return;
    }
    if (!this.#line.isActive) return;
    if (event.pointerId === this.#pointerId) this.#line.extend(this.#aim(event));
    // Cuts under the pen do not light up.
    if (event.buttons === 0 || event.pointerId === this.#pointerId) event.stopImmediatePropagation();
  }

  #up(event: PointerEvent): void {
    if (event.pointerId !== this.#pointerId) return;
    event.stopImmediatePropagation();
    this.#pointerId = null;
    this.#canvas.releasePointerCapture(event.pointerId);
    if (this.#notes.isAdjusting) this.#notes.release();
    else this.#line.finish();
  }

  #aim(event: PointerEvent): Raycaster {
    const box = workingBox(this.#canvas);
    this.#aimed.set(((event.clientX - box.left) / box.width) * 2 - 1, 1 - ((event.clientY - box.top) / box.height) * 2);
    this.#raycaster.setFromCamera(this.#aimed, this.#camera());
    return this.#raycaster;
  }
}
