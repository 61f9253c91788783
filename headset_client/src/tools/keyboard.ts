// The keys people know from other 3D tools; strings.help lists them for the help panel.

import { CONTROL_POINTS } from "../geometry/bezier";
import { BEND_SCOPES, type BendScope } from "../geometry/surface-groups";
import { takeSnapshot } from "../notes/snapshot-door";
import type { PlanningApp } from "../planning-app";
import { type CutMenu, type HandleMode, toggleFlatCut } from "../ui-state";
import { PointedStructure } from "./pointed-structure";
import { leaveSideBySide, toggleSideBySide } from "./side-by-side";
import { stepSlice, toggleSlice } from "./slicing";
import { TabbedControl } from "./tabbed-control";
import { THE_VIEWS, type ViewName } from "./view-camera";

const VIEWS: Readonly<Record<string, ViewName>> = Object.fromEntries(
  THE_VIEWS.map((view, index) => [String(index + 1), view]),
);

const NUDGES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

const SLICES: Readonly<Record<string, number>> = { PageUp: 1, PageDown: -1 };

/** What a slider or a choice that has the focus moves by. */
const CHOOSING = new Set([...Object.keys(NUDGES), ...Object.keys(SLICES), "Home", "End", " ", "Enter"]);

const STEP = 1;
const LARGE_STEP = 5;

export class Keyboard {
  readonly #app: PlanningApp;
  readonly #abort = new AbortController();
  readonly #pointed: PointedStructure;
  /** The drag under way was started by an arrow key and ends with it. */
  #nudging = false;
  readonly #verbs: Readonly<Record<string, () => void>>;
  /** The press of the space bar under way speaks, and is no press of a button as well. */
  #speaking = false;
  readonly #tabbed = new TabbedControl();

  constructor(app: PlanningApp) {
    this.#app = app;
    this.#pointed = new PointedStructure(app);
    this.#verbs = this.#verbsOf(app);
    const { signal } = this.#abort;
    window.addEventListener("keydown", (event) => this.#down(event), { signal });
    window.addEventListener("keyup", (event) => this.#up(event), { signal });
    window.addEventListener("blur", () => this.#lostFocus(), { signal });
    this.#tabbed.follow(window, signal);
  }

  dispose(): void {
    this.#abort.abort();
    this.#pointed.dispose();
  }

  #down(event: KeyboardEvent): void {
    // An open dialog has the keys, Esc above all; only the help key also closes what it opened.
    if (event.key !== "?" && document.querySelector("dialog[open]")) return;
    if (event.ctrlKey || event.metaKey) {
      // A slider has no undo of its own, a text field has.
      if (["k", "p"].includes(event.key.toLowerCase())) this.#find(event);
      else if (!isTyping(event.target)) this.#takeBack(event);
      return;
    }
    if (isTyping(event.target) || (isChoosing(event.target) && CHOOSING.has(event.key))) return;
    if (this.#answerSpoken(event)) return;
    if (this.#app.replay.isOpen && this.#replayed(event)) return;
    if (event.key === " " && this.#speak(event)) return;
    const nudge = NUDGES[event.key];
    if (nudge) {
      event.preventDefault();
      this.#nudge(nudge, event.shiftKey ? LARGE_STEP : STEP);
      return;
    }
    const slices = SLICES[event.key];
    if (slices && this.#app.ui.getState().slice) {
      event.preventDefault();
      stepSlice(this.#app, event.shiftKey ? slices * LARGE_STEP : slices);
      return;
    }
    if (event.repeat) return;
    if (this.#act(event.key)) event.preventDefault();
  }

  /** What a replay takes for itself: there is nothing to nudge in it. */
  #replayed(event: KeyboardEvent): boolean {
    const { replay } = this.#app.replay;
    const taken: Readonly<Record<string, () => void>> = {
      " ": () => replay?.toggle(),
      ArrowLeft: () => replay?.step(-1),
      ArrowRight: () => replay?.step(1),
      ArrowUp: () => replay?.changeSpeed(1),
      ArrowDown: () => replay?.changeSpeed(-1),
      Escape: () => this.#app.replay.close(),
    };
    const run = taken[event.key];
    // A button that has the focus is pressed by the space bar.
    if (!run || (event.key === " " && event.target instanceof HTMLButtonElement)) return false;
    event.preventDefault();
    run();
    return true;
  }

  /** Else the browser would print, or go to its search field. */
  #find(event: KeyboardEvent): void {
    event.preventDefault();
    this.#app.ui.setState({ paletteOpen: true });
  }

  /** Held down, the keys go on step by step. */
  #takeBack(event: KeyboardEvent): void {
    const verb = takenBackBy(event);
    if (!verb) return;
    event.preventDefault();
    this.#nudging = false;
    this.#app.editor[verb]();
  }

  #act(key: string): boolean {
    const look = VIEWS[key];
    if (look) this.#app.view?.look(look);
    else {
      const run = this.#verbs[key.length === 1 ? key.toLowerCase() : key];
      if (!run) return false;
      run();
    }
    return true;
  }

  /** Esc leaves the innermost thing that is open: a drag, a tool, a menu. */
  #escape(): void {
    this.#nudging = false;
    const { ui } = this.#app;
    if (this.#app.editor.dragging) this.#app.cancelDrag();
    else if (ui.getState().tool !== "handle") ui.setState({ tool: "handle" });
    else if (this.#app.apart.state.getState().phase !== "whole") this.#app.apart.close();
    else if (ui.getState().sideBySide.length > 0) leaveSideBySide(this.#app);
    else {
      ui.setState({ cutMenu: "closed", proposalsOpen: false, flatCutOpen: false, plansOpen: false, ghost: null });
      ui.setState({ notesOpen: false, selectedNote: null });
    }
  }

  #verbsOf(app: PlanningApp): Readonly<Record<string, () => void>> {
    const { editor, ui } = app;
    const setMode = (handleMode: HandleMode) => ui.setState({ handleMode });
    const toggleMenu = (cutMenu: CutMenu) => {
      if (app.session.refuses("resection.commit")) return;
      ui.setState({ cutMenu: ui.getState().cutMenu === cutMenu ? "closed" : cutMenu });
    };
    return {
      w: () => setMode("move"),
      e: () => setMode("rotate"),
      r: () => setMode("shape"),
      s: () => ui.setState({ bendScope: nextScope(ui.getState().bendScope) }),
      "[": () => ui.setState({ bendPoint: (ui.getState().bendPoint + CONTROL_POINTS - 1) % CONTROL_POINTS }),
      "]": () => ui.setState({ bendPoint: (ui.getState().bendPoint + 1) % CONTROL_POINTS }),
      f: () => app.view?.frame(),
      Home: () => app.view?.home(),
      x: () => editor.flip(),
      n: () => editor.place("plane"),
      b: () => editor.place("surface"),
      l: () => {
        if (app.session.refuses("resection.through_line")) return;
        ui.setState({ tool: ui.getState().tool === "draw" ? "handle" : "draw", cutMenu: "closed" });
      },
      t: () => toggleMenu("wedge"),
      g: () => toggleMenu("territory"),
      a: () => toggleMenu("menu"),
      p: () => ui.setState({ proposalsOpen: !ui.getState().proposalsOpen, flatCutOpen: false, plansOpen: false }),
      u: () => toggleFlatCut(ui),
      k: () => app.apart.toggle(),
      j: () => ui.setState({ plansOpen: !ui.getState().plansOpen, proposalsOpen: false, flatCutOpen: false }),
      "=": () => toggleSideBySide(app),
      d: () => editor.duplicate(),
      c: () => ui.setState({ showSegments: !ui.getState().showSegments }),
      q: () => toggleSlice(app),
      h: () => this.#pointed.hide(),
      i: () => this.#pointed.isolate(),
      v: () => app.enter("vr"),
      m: () => app.notes.toggle("distance"),
      z: () => app.notes.toggle("diameter"),
      ".": () => app.notes.toggle("angle"),
      o: () => app.notes.toggle("vessel"),
      y: () => app.notes.toggle("pin"),
      "0": () => takeSnapshot(app),
      "8": () => app.replay.toggle(),
      Delete: () => {
        const { selectedNote } = ui.getState();
        if (selectedNote) app.notes.remove(selectedNote);
        else editor.remove();
      },
      ";": () => app.spoken?.listen(),
      "/": () => ui.setState({ paletteOpen: true }),
      ",": () => ui.setState({ settingsOpen: true }),
      "?": () => ui.setState({ helpOpen: !ui.getState().helpOpen }),
      Escape: () => this.#escape(),
    };
  }

  #nudge([horizontal, vertical]: readonly [number, number], step: number): void {
    const { editor } = this.#app;
    if (editor.dragging && !this.#nudging) return;
    editor.nudge(horizontal, vertical, step);
    this.#nudging = editor.dragging !== null;
  }

  #up(event: KeyboardEvent): void {
    if (event.key === " " && this.#speaking) {
      event.preventDefault(); // some browsers press a button as the key comes up
      this.#speaking = false;
      this.#app.voice?.hold(false);
    }
    if (NUDGES[event.key]) this.#endNudge();
  }

  /** Space held speaks, with Shift it opens or closes the microphone; a control reached by Tab keeps its Space. */
  #speak(event: KeyboardEvent): boolean {
    const { voice } = this.#app;
    const self = voice?.self;
    if (!voice || !self || this.#tabbed.is(event.target)) return false;
    event.preventDefault();
    if (event.repeat) return true;
    this.#speaking = true;
    if (!event.shiftKey) voice.hold(true);
    else if (!self.muted_by) voice.toggle();
    return true;
  }

  /** What was understood of a spoken command waits for a yes or a no. */
  #answerSpoken(event: KeyboardEvent): boolean {
    const { spoken } = this.#app;
    const { phase = "off" } = spoken?.state.getState() ?? {};
    if (!spoken || phase === "off" || phase === "idle") return false;
    if (event.key === "Enter" && phase === "confirming" && !this.#tabbed.is(event.target)) spoken.confirm();
    else if (event.key === "Escape") spoken.reject();
    else return false;
    event.preventDefault();
    return true;
  }

  #lostFocus(): void {
    this.#endNudge();
    this.#speaking = false;
    this.#app.voice?.hold(false);
  }

  /** Held down, an arrow key moves the plane live; letting go commits it once. */
  #endNudge(): void {
    if (!this.#nudging) return;
    this.#nudging = false;
    this.#app.editor.end();
  }
}

/** Ctrl+Z, and Ctrl+Shift+Z or Ctrl+Y; with Cmd on a Mac. */
export function takenBackBy(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">,
): "undo" | "redo" | null {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return null;
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" && !event.shiftKey ? "redo" : null;
}

export function nextScope(scope: BendScope): BendScope {
  return BEND_SCOPES[(BEND_SCOPES.indexOf(scope) + 1) % BEND_SCOPES.length] as BendScope;
}

/** Fields that take letters; a slider and a choice take only the keys that move them. */
function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.tagName === "TEXTAREA" ||
      target.tagName === "SELECT" ||
      (target instanceof HTMLInputElement && target.type !== "checkbox" && !isChoosing(target)))
  );
}

function isChoosing(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && (target.type === "range" || target.type === "radio");
}
