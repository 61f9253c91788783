// A controller's, hand's or gaze's ray for tools that work on the liver itself: drawing a line, choosing by pointing.
import { Matrix4, Raycaster, Vector3, type WebXRManager } from "three";
import type { FlatCut } from "../flat-cut/flat-cut";
import type { LineDraw } from "../tools/line-draw";
import type { NoteEditor } from "../tools/note-editor";
import type { Pointing } from "../tools/pointing";
import type { UiStore } from "../ui-state";

export interface RayToolParts {
  readonly xrManager: WebXRManager;
  readonly line: LineDraw;
  readonly pointing: Pointing;
  readonly flatCut: FlatCut;
  readonly notes: NoteEditor;
  readonly ui: UiStore;
  /** A ray is on a button: its press is the button's. */
  onButton(): boolean;
}

/** A hand takes an end of a measurement within this, radians. */
const END_SLACK = 0.022;
/** From a controller's origin to its tip, metres; a hand's pinch is where its ray begins. */
const TIP_M = 0.03;

export class RayTools {
  readonly #parts: RayToolParts;
  readonly #session: XRSession | null;
  readonly #raycaster = new Raycaster();
  readonly #matrix = new Matrix4();
  readonly #tip = new Vector3();
  readonly #pressed = (event: XRInputSourceEvent) => this.#press(event);
  readonly #released = (event: XRInputSourceEvent) => this.#release(event);
  #source: XRInputSource | null = null;

  constructor(parts: RayToolParts) {
    this.#parts = parts;
    this.#session = parts.xrManager.getSession();
    this.#session?.addEventListener("selectstart", this.#pressed);
    this.#session?.addEventListener("selectend", this.#released);
  }

  /** Once a frame. */
  update(): void {
    const { line, notes, pointing, xrManager } = this.#parts;
    if (this.#source && this.#aim(this.#source, xrManager.getFrame())) {
      if (notes.isAdjusting) notes.adjust(this.#raycaster, this.#tip);
      else line.extend(this.#raycaster);
    }
    if (notes.isAdjusting) return;
    const { flatCut, onButton } = this.#parts;
    const chooses = pointing.isActive || notes.isActive;
    // On a board the ray reads the board, and says nothing about the cut behind it.
    const reads = flatCut.isOpen && !chooses && !onButton();
    if (!chooses && !reads) return;
    const source = this.#pointer();
    if (!source || !this.#aim(source, xrManager.getFrame())) return;
    if (notes.isActive) notes.hover(this.#raycaster, this.#tip);
    else if (pointing.isActive) pointing.hover(this.#raycaster);
    else flatCut.pointBy(this.#raycaster.ray);
  }

  dispose(): void {
    this.#session?.removeEventListener("selectstart", this.#pressed);
    this.#session?.removeEventListener("selectend", this.#released);
    this.#parts.line.abandon();
    this.#parts.notes.abandon();
  }

  /** The working hand's ray, or the only one there is. */
  #pointer(): XRInputSource | null {
    const sources = this.#session?.inputSources ?? [];
    const { hand } = this.#parts.ui.getState();
    let any: XRInputSource | null = null;
    for (const source of sources) {
      if (source.targetRayMode === "gaze" || source.targetRayMode === "screen") continue;
      if (source.handedness === hand) return source;
      any ??= source;
    }
    return any;
  }

  #press(event: XRInputSourceEvent): void {
    const { line, notes, pointing, onButton } = this.#parts;
    if (onButton() || !this.#aim(event.inputSource, event.frame)) return;
    if (!this.#source && notes.grab(this.#raycaster, END_SLACK, true)) this.#source = event.inputSource;
    else if (notes.isActive) notes.press(this.#raycaster, this.#tip);
    else if (pointing.isActive) pointing.press(this.#raycaster);
    else if (line.isActive && !this.#source && line.start(this.#raycaster)) this.#source = event.inputSource;
  }

  #release(event: XRInputSourceEvent): void {
    if (event.inputSource !== this.#source) return;
    this.#source = null;
    if (this.#parts.notes.isAdjusting) this.#parts.notes.release();
    else this.#parts.line.finish();
  }

  #aim(source: XRInputSource, frame: XRFrame | null): boolean {
    const space = this.#parts.xrManager.getReferenceSpace();
    const pose = space && frame?.getPose(source.targetRaySpace, space);
    if (!pose) return false;
    this.#matrix.fromArray(pose.transform.matrix);
    this.#raycaster.ray.origin.setFromMatrixPosition(this.#matrix);
    this.#raycaster.ray.direction.set(0, 0, -1).transformDirection(this.#matrix);
    this.#tip.copy(this.#raycaster.ray.origin).addScaledVector(this.#raycaster.ray.direction, source.hand ? 0 : TIP_M);
    return true;
  }
}
