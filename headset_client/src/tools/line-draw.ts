// Drawing a line on the liver, the same for mouse, finger and ray: what it ends in is a curved cut through the line.
import type { Raycaster } from "three";
import { lpsFromGltf } from "../geometry/patient-frame";
import type { PlanningScene } from "../scene/planning-scene";
import type { PlanningSession } from "../session/planning-session";
import { strings } from "../strings";
import type { UiStore } from "../ui-state";
import type { PlanEditor } from "./plan-editor";

/** A shorter line says too little about where to cut, metres. */
const LEAST_LENGTH_M = 0.015;

export class LineDraw {
  readonly #ui: UiStore;
  readonly #editor: PlanEditor;
  readonly #session: PlanningSession;
  readonly #scene: () => PlanningScene;
  #drawing = false;

  constructor(ui: UiStore, editor: PlanEditor, session: PlanningSession, scene: () => PlanningScene) {
    this.#ui = ui;
    this.#editor = editor;
    this.#session = session;
    this.#scene = scene;
  }

  get isActive(): boolean {
    return this.#ui.getState().tool === "draw";
  }

  get isDrawing(): boolean {
    return this.#drawing;
  }

  /** False where the ray does not meet the liver. */
  start(ray: Raycaster): boolean {
    const point = this.isActive ? this.#scene().liverHit(ray) : null;
    if (!point) return false;
    const { stroke } = this.#scene().plan;
    stroke.clear();
    stroke.add(point);
    this.#scene().redraw();
    this.#drawing = true;
    return true;
  }

  /** Beside the liver nothing is drawn; the line goes on where the ray meets it again. */
  extend(ray: Raycaster): void {
    const point = this.#drawing ? this.#scene().liverHit(ray) : null;
    if (!point) return;
    this.#scene().plan.stroke.add(point);
    this.#scene().redraw();
  }

  finish(): void {
    if (!this.#drawing) return;
    this.#drawing = false;
    const { stroke } = this.#scene().plan;
    if (stroke.length >= LEAST_LENGTH_M) {
      this.#editor.placeThrough(stroke.points.map((point) => lpsFromGltf(point)));
      this.#ui.setState({ tool: "handle" });
    } else this.#session.tell(strings.problem.shortLine, strings.problem.shortLineCure);
    stroke.clear();
    this.#scene().redraw();
  }

  abandon(): void {
    this.#drawing = false;
    this.#scene().plan.stroke.clear();
  }
}
