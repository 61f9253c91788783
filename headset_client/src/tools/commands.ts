// What can be found by typing: every structure, and what the page can do, with the key that does it too.
import { centreOfBounds, halfSizeOfBounds } from "../geometry/bounds";
import { takeSnapshot } from "../notes/snapshot-door";
import type { PlanningApp } from "../planning-app";
import type { StructureAsset } from "../protocol";
import { isolated, shownAsAtFirst } from "../scene/appearance";
import type { MessageTag } from "../session/roles";
import { strings } from "../strings";
import { toggleFlatCut } from "../ui-state";
import { toggleSideBySide } from "./side-by-side";
import { chooseSlice, lookOf, toggleSlice } from "./slicing";
import { THE_VIEWS } from "./view-camera";

/** Metres: nearer than this a small tumour would fill the page without anything around it. */
const LEAST_RADIUS = 0.03;

export interface Command {
  readonly id: string;
  readonly title: string;
  /** The key that does the same. */
  readonly keys?: string;
  readonly run: () => void;
  /** Why this person's role does not let them; the run then says so too. */
  readonly refusal?: string;
}

/** What the server would ask for; commands that are not here are everybody's. */
const NEEDS: Readonly<Record<string, MessageTag>> = {
  plane: "resection.commit",
  surface: "resection.commit",
  line: "resection.through_line",
  wedge: "resection.around_tumour",
  territory: "resection.territory",
  flip: "resection.commit",
  copy: "resection.commit",
  remove: "resection.remove",
  undo: "edit.undo",
  redo: "edit.redo",
  "measure-distance": "measurement.set",
  "measure-diameter": "measurement.set",
  "measure-angle": "measurement.set",
  "measure-vessel": "measurement.set",
  "measure-pin": "pin.set",
};

function withRefusal({ session }: PlanningApp, command: Command): Command {
  const tag = NEEDS[command.id];
  const refusal = tag && session.refusal(tag);
  if (!tag || refusal === undefined) return command;
  return { ...command, refusal, run: () => void session.refuses(tag) };
}

export function commandsOf(app: PlanningApp): readonly Command[] {
  const { structures = [] } = app.session.state.getState().scene ?? {};
  return [
    ...structures.flatMap((structure) => structureCommands(app, structure)),
    ...pageCommands(app).map((command) => withRefusal(app, command)),
  ];
}

function structureCommands(app: PlanningApp, structure: StructureAsset): readonly Command[] {
  const { appearances } = app.ui.getState();
  const { name, title } = structure;
  const appearance = appearances[name];
  if (!appearance) return [];
  const { visible } = appearance;
  const change = (changed: typeof appearances) => app.ui.setState({ appearances: changed });
  return [
    {
      id: `go-${name}`,
      title: strings.palette.goTo(title),
      run: () => {
        change({ ...appearances, [name]: { ...appearance, visible: true } });
        const centre = app.planning.patient.localToWorld(centreOfBounds(structure.bounds_lps_mm));
        app.view?.closeUp(centre, Math.max(LEAST_RADIUS, halfSizeOfBounds(structure.bounds_lps_mm).length()));
      },
    },
    { id: `only-${name}`, title: strings.structures.alone(title), run: () => change(isolated(appearances, name)) },
    {
      id: `show-${name}`,
      title: visible ? strings.palette.hide(title) : strings.palette.show(title),
      run: () => change({ ...appearances, [name]: { ...appearance, visible: !visible } }),
    },
  ];
}

function pageCommands(app: PlanningApp): readonly Command[] {
  const { editor, ui, session } = app;
  const { scene, undoable } = session.state.getState();
  const { kinds, titles } = strings.cuts;
  const { showCt, showBands, showSegments, appearances } = ui.getState();
  return [
    { id: "plane", title: `${strings.tools.add}: ${kinds.plane[0]}`, keys: "N", run: () => editor.place("plane") },
    {
      id: "surface",
      title: `${strings.tools.add}: ${kinds.surface[0]}`,
      keys: "B",
      run: () => editor.place("surface"),
    },
    {
      id: "line",
      title: `${strings.tools.add}: ${kinds.line[0]}`,
      keys: "L",
      run: () => ui.setState({ tool: "draw" }),
    },
    { id: "flat", title: strings.flatCut.long, keys: "U", run: () => toggleFlatCut(ui) },
    { id: "apart", title: strings.apart.title, keys: "K", run: () => app.apart.toggle() },
    { id: "wedge", title: titles.wedge, keys: "T", run: () => ui.setState({ cutMenu: "wedge" }) },
    { id: "territory", title: titles.territory, keys: "G", run: () => ui.setState({ cutMenu: "territory" }) },
    { id: "proposals", title: strings.tools.proposals, keys: "P", run: () => ui.setState({ proposalsOpen: true }) },
    ...(["distance", "diameter", "angle", "vessel", "pin"] as const).map((tool, index) => ({
      id: `measure-${tool}`,
      title: `${strings.measuring.title}: ${strings.measuring.kinds[tool]}`,
      keys: "MZ.OY"[index] as string,
      run: () => app.notes.toggle(tool),
    })),
    { id: "snapshot", title: strings.measuring.snapshot, keys: "0", run: () => takeSnapshot(app) },
    { id: "beside", title: strings.sideBySide.title, keys: "=", run: () => toggleSideBySide(app) },
    { id: "replay", title: strings.replay.title, keys: "8", run: () => app.replay.toggle() },
    { id: "flip", title: strings.tools.flip, keys: "X", run: () => editor.flip() },
    { id: "copy", title: strings.xr.copy, keys: "D", run: () => editor.duplicate() },
    { id: "remove", title: strings.tools.remove, keys: "Del", run: () => editor.remove() },
    ...(undoable.undo === null
      ? []
      : [{ id: "undo", title: strings.tools.undo(undoable.undo), keys: "Ctrl+Z", run: () => editor.undo() }]),
    ...(undoable.redo === null
      ? []
      : [{ id: "redo", title: strings.tools.redo(undoable.redo), keys: "Ctrl+Shift+Z", run: () => editor.redo() }]),
    { id: "slice", title: strings.slice.title, keys: "Q", run: () => toggleSlice(app) },
    ...(["axial", "coronal", "sagittal"] as const).map((kind) => ({
      id: `slice-${kind}`,
      title: `${strings.slice.title}: ${strings.slice.kinds[kind]}`,
      run: () => chooseSlice(app, kind, lookOf(app)),
    })),
    { id: "ct", title: strings.tools.ct, run: () => ui.setState({ showCt: !showCt }) },
    { id: "margins", title: strings.tools.margins, run: () => ui.setState({ showBands: !showBands }) },
    {
      id: "segments",
      title: strings.tools.segments,
      keys: "C",
      run: () => ui.setState({ showSegments: !showSegments }),
    },
    {
      id: "as-at-first",
      title: strings.structures.asAtFirst,
      run: () => ui.setState({ appearances: shownAsAtFirst(appearances, scene?.structures ?? []) }),
    },
    ...THE_VIEWS.map((view, index) => ({
      id: view,
      title: strings.palette.viewFrom(strings.tools.view[view]),
      keys: String(index + 1),
      run: () => app.view?.look(view),
    })),
    { id: "frame", title: strings.tools.frame, keys: "F", run: () => app.view?.frame() },
    { id: "home", title: strings.palette.home, keys: "Home", run: () => app.view?.home() },
    { id: "vr", title: strings.xr.enterVr, keys: "V", run: () => app.enter("vr") },
    { id: "settings", title: strings.settings.title, keys: ",", run: () => ui.setState({ settingsOpen: true }) },
    { id: "help", title: strings.tools.help, keys: "?", run: () => ui.setState({ helpOpen: true }) },
  ];
}

/** The commands that what is typed may mean, best first: a word's start beats its middle, that beats letters in order. */
export function found(commands: readonly Command[], typed: string): readonly Command[] {
  return ranked(commands, typed).map(({ command }) => command);
}

/** The same with how well each fits: 0 where every word begins one of the title's. */
export function ranked<T extends Command>(
  commands: readonly T[],
  typed: string,
): readonly { readonly command: T; readonly rank: number }[] {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  return commands
    .map((command, order) => ({ command, order, rank: rankOf(plain(command.title), words) }))
    .filter(({ rank }) => rank < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.rank - b.rank || a.order - b.order);
}

function rankOf(title: string, words: readonly string[]): number {
  let sum = 0;
  for (const word of words) {
    const at = title.indexOf(word);
    if (at === 0 || title[at - 1] === " ") continue;
    if (at > 0) sum += 1;
    else if (lettersInOrder(title, word)) sum += 3;
    else return Number.POSITIVE_INFINITY;
  }
  return sum;
}

function lettersInOrder(title: string, word: string): boolean {
  let from = 0;
  for (const letter of word) {
    from = title.indexOf(letter, from) + 1;
    if (from === 0) return false;
  }
  return true;
}

/** Without accents and case, so that "vesicule" finds "Vésicule". */
export function plain(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase();
}
