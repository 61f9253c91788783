// What every page of the tool board has at hand.
import type { TakenApart } from "../../apart/taken-apart";
import type { ResectionState, SceneManifest, StructureAsset } from "../../protocol";
import type { ReplayDoor } from "../../replay/replay-door";
import type { PlanningScene } from "../../scene/planning-scene";
import { displayedPlan } from "../../session/displayed-plan";
import type { PlanningSession } from "../../session/planning-session";
import type { SpokenCommands } from "../../spoken/spoken-commands";
import { strings } from "../../strings";
import type { NoteEditor } from "../../tools/note-editor";
import type { PlanEditor } from "../../tools/plan-editor";
import type { UiStore } from "../../ui-state";
import type { LiveVoice } from "../../voice/live-voice";
import type { Placing } from "../table-placing";
import type { ButtonRow, ButtonSpec } from "../tool-page";

export type PageName =
  | "main"
  | "add"
  | "wedge"
  | "named"
  | "veins"
  | "proposals"
  | "plans"
  | "vessels"
  | "model"
  | "look"
  | "structures"
  | "structure"
  | "slice"
  | "notes"
  | "voice"
  | "replay";

/** How the model stands in the room. */
export interface RoomVerbs {
  scale(): number;
  setScale(factor: number): void;
  fit(): void;
  /** About the upright, radians. */
  turn(radians: number): void;
  toggleLock(): void;
  bring(): void;
  /** Whether the model can be put on a table here, and whether it is under way. */
  placing(): Placing;
  canPlace(): boolean;
  place(): void;
  leaveHere(): void;
}

/** What was chosen on pages and is of no interest elsewhere. */
export interface PageChoices {
  page: PageName;
  /** First entry of the list that is shown. */
  from: number;
  tumour: string | null;
  structure: string | null;
  marginMm: number;
  shape: "spheroid" | "cone";
  proposalMarginMm: number;
  leastPercent: number;
  veins: readonly string[];
}

export interface PageParts {
  readonly session: PlanningSession;
  readonly ui: UiStore;
  readonly editor: PlanEditor;
  readonly apart: TakenApart;
  readonly replay: ReplayDoor;
  readonly planning: PlanningScene;
  readonly notes: NoteEditor;
  readonly room: RoomVerbs;
  /** Null before the page around the picture is there. */
  voice(): LiveVoice | null;
  /** Null where the browser understands no speech. */
  spoken(): SpokenCommands | null;
  readonly choices: PageChoices;
  /** Changes what was chosen and repaints. */
  choose(change: Partial<PageChoices>): void;
  /** Saves a picture from where the head is. */
  takePicture(): void;
  leave(): void;
}

export function sceneOf(parts: PageParts): SceneManifest | null {
  return parts.session.state.getState().scene;
}

export function planOf(parts: PageParts): readonly ResectionState[] {
  return displayedPlan(parts.session.state.getState()).map(({ resection }) => resection);
}

export function tumoursOf(parts: PageParts): readonly StructureAsset[] {
  return (sceneOf(parts)?.structures ?? []).filter((structure) => structure.name.startsWith("tumour_"));
}

export function toPage(parts: PageParts, page: PageName, label: string, enabled = true): ButtonSpec {
  return { id: `to-${page}`, label, enabled, press: () => parts.choose({ page, from: 0 }) };
}

export function back(parts: PageParts, page: PageName = "main"): ButtonSpec {
  return { id: "back", label: strings.xr.back, press: () => parts.choose({ page, from: 0 }) };
}

/** Runs and goes back to the first page. */
export function andBack(parts: PageParts, run: () => void): () => void {
  return () => {
    run();
    parts.choose({ page: "main", from: 0 });
  };
}

/** Less, the value, more. */
export function stepper(id: string, value: string, step: (by: 1 | -1) => void): ButtonRow {
  return [
    { id: `${id}-less`, label: "−", press: () => step(-1) },
    { id, label: value, press: null },
    { id: `${id}-more`, label: "+", press: () => step(1) },
  ];
}

/** The part of a list that fits, one entry a row, and a button to the rest. */
export function listed(parts: PageParts, entries: readonly ButtonSpec[], most: number): readonly ButtonRow[] {
  if (entries.length <= most) return entries.map((entry) => [entry]);
  const shown = Math.max(1, most - 1);
  const from = parts.choices.from < entries.length ? parts.choices.from : 0;
  const page = Math.floor(from / shown) + 1;
  const pages = Math.ceil(entries.length / shown);
  return [
    ...entries.slice(from, from + shown).map((entry) => [entry]),
    [
      {
        id: "more",
        label: strings.xr.more(page, pages),
        press: () => parts.choose({ from: from + shown < entries.length ? from + shown : 0 }),
      },
    ],
  ];
}
