// Hiding and isolating the structure under the pointer, by key.
import { Raycaster, Vector2 } from "three";
import type { PlanningApp } from "../planning-app";
import { isAlone, isolated, shownAsAtFirst } from "../scene/appearance";
import { workingBox } from "../scene/panes";

export class PointedStructure {
  readonly #app: PlanningApp;
  readonly #abort = new AbortController();
  /** Page pixels. */
  readonly #pointer = new Vector2(Number.NaN, Number.NaN);

  constructor(app: PlanningApp) {
    this.#app = app;
    const follow = ({ clientX, clientY }: PointerEvent) => this.#pointer.set(clientX, clientY);
    app.viewport?.canvas.addEventListener("pointermove", follow, { signal: this.#abort.signal });
  }

  dispose(): void {
    this.#abort.abort();
  }

  hide(): void {
    const name = this.#name();
    const { appearances } = this.#app.ui.getState();
    const appearance = name === null ? undefined : appearances[name];
    if (name === null || !appearance) return;
    this.#app.ui.setState({ appearances: { ...appearances, [name]: { ...appearance, visible: false } } });
  }

  /** Everything as at first where it is alone already, or nothing is under the pointer. */
  isolate(): void {
    const name = this.#name();
    const { appearances } = this.#app.ui.getState();
    const { structures = [] } = this.#app.session.state.getState().scene ?? {};
    const alone = name !== null && !isAlone(appearances, name);
    this.#app.ui.setState({
      appearances: alone ? isolated(appearances, name) : shownAsAtFirst(appearances, structures),
    });
  }

  #name(): string | null {
    const { viewport } = this.#app;
    if (!viewport || Number.isNaN(this.#pointer.x)) return null;
    const { left, top, width, height } = workingBox(viewport.canvas);
    const at = new Vector2(((this.#pointer.x - left) / width) * 2 - 1, 1 - ((this.#pointer.y - top) / height) * 2);
    const ray = new Raycaster();
    ray.setFromCamera(at, viewport.camera);
    return this.#app.planning.structureAt(ray);
  }
}
