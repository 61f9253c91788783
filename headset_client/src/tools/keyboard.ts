// The keys people know from other 3D tools; strings.help lists them for the help panel.
import type { PlanningApp } from "../planning-app";
import type { ViewName } from "./view-camera";

const VIEWS: Readonly<Record<string, ViewName>> = {
  "1": "anterior",
  "2": "posterior",
  "3": "right",
  "4": "left",
  "5": "superior",
  "6": "inferior",
};

const NUDGES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

const STEP = 1;
const LARGE_STEP = 5;

export class Keyboard {
  readonly #app: PlanningApp;
  readonly #abort = new AbortController();
  /** The drag under way was started by an arrow key and ends with it. */
  #nudging = false;

  constructor(app: PlanningApp) {
    this.#app = app;
    const { signal } = this.#abort;
    window.addEventListener("keydown", (event) => this.#down(event), { signal });
    window.addEventListener("keyup", (event) => this.#up(event), { signal });
    window.addEventListener("blur", () => this.#endNudge(), { signal });
  }

  dispose(): void {
    this.#abort.abort();
  }

  #down(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || isTyping(event.target)) return;
    // An open dialog has the keys, Esc above all; only the help key also closes what it opened.
    if (event.key !== "?" && document.querySelector("dialog[open]")) return;
    const nudge = NUDGES[event.key];
    if (nudge) {
      event.preventDefault();
      this.#nudge(nudge, event.shiftKey ? LARGE_STEP : STEP);
      return;
    }
    if (event.repeat) return;
    if (this.#act(event.key)) event.preventDefault();
  }

  #act(key: string): boolean {
    const { editor, ui, view } = this.#app;
    const look = VIEWS[key];
    if (look) view?.look(look);
    else if (key === "w" || key === "W") ui.setState({ handleMode: "move" });
    else if (key === "e" || key === "E") ui.setState({ handleMode: "rotate" });
    else if (key === "f" || key === "F") view?.frame();
    else if (key === "Home") view?.home();
    else if (key === "x" || key === "X") editor.flip();
    else if (key === "n" || key === "N") editor.place();
    else if (key === "c" || key === "C") ui.setState({ showSegments: !ui.getState().showSegments });
    else if (key === "v" || key === "V") this.#app.enter("vr");
    else if (key === "Delete") editor.remove();
    else if (key === "?") ui.setState({ helpOpen: !ui.getState().helpOpen });
    else if (key === "Escape") this.#escape();
    else return false;
    return true;
  }

  #escape(): void {
    this.#nudging = false;
    if (this.#app.editor.dragging) this.#app.cancelDrag();
  }

  #nudge([horizontal, vertical]: readonly [number, number], step: number): void {
    const { editor } = this.#app;
    if (editor.dragging && !this.#nudging) return;
    editor.nudge(horizontal, vertical, step);
    this.#nudging = editor.dragging !== null;
  }

  #up(event: KeyboardEvent): void {
    if (NUDGES[event.key]) this.#endNudge();
  }

  /** Held down, an arrow key moves the plane live; letting go commits it once. */
  #endNudge(): void {
    if (!this.#nudging) return;
    this.#nudging = false;
    this.#app.editor.end();
  }
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.tagName === "TEXTAREA" ||
      (target instanceof HTMLInputElement && target.type !== "checkbox"))
  );
}
