// What this person chose on this device: never shared, never sent.
import { createStore, type StoreApi } from "zustand/vanilla";
import type { CtSlice } from "./geometry/slice-pose";
import type { BendScope } from "./geometry/surface-groups";
import type { CutBranch, Gathered, PointLps } from "./protocol";
import type { Appearance } from "./scene/appearance";
import { CT_WINDOWS, type CtWindow } from "./scene/ct-window";
import type { LoadProgress } from "./scene/scene-loader";

/** What dragging a cut itself does. */
export type HandleMode = "move" | "rotate" | "shape";

/** What a press on the liver does: take cuts, draw a line, or choose what is pointed at. */
export type Tool = "handle" | "draw" | PointedAt | MeasureTool;

/** What is placed point by point. */
export type MeasureTool = "distance" | "angle" | "diameter" | "vessel" | "pin";

/** What can be chosen by pointing at it. */
export type PointedAt = "segment" | "branch" | "vein";

export function isPointing(tool: Tool): tool is PointedAt {
  return tool === "segment" || tool === "branch" || tool === "vein";
}

export function isMeasuring(tool: Tool): tool is MeasureTool {
  return tool === "distance" || tool === "angle" || tool === "diameter" || tool === "vessel" || tool === "pin";
}

export type Side = "left" | "right";

export type CutMenu = "closed" | "menu" | "wedge" | "territory";

export interface UiState {
  readonly selected: string | null;
  readonly handleMode: HandleMode;
  /** What goes along with a control point. */
  readonly bendScope: BendScope;
  /** The control point that the keyboard moves. */
  readonly bendPoint: number;
  /** Hands and pointers move things by a part of their way only. */
  readonly fine: boolean;
  readonly tool: Tool;
  readonly cutMenu: CutMenu;
  readonly proposalsOpen: boolean;
  /** The chosen cut is shown laid flat. */
  readonly flatCutOpen: boolean;
  readonly notesOpen: boolean;
  /** The measurement or pin whose ends can be dragged. */
  readonly selectedNote: string | null;
  /** Points placed of the measurement under way. */
  readonly pointsPlaced: number;
  /** Measurements and pins that this person does not want to see. */
  readonly hiddenNotes: ReadonlySet<string>;
  /** Where a pin goes once its text is written. */
  readonly pinAt: PointLps | null;
  /** The proposal that is shown in place of the plan while a pointer is on it. */
  readonly ghost: string | null;
  readonly plansOpen: boolean;
  readonly compareOpen: boolean;
  /** Other plans and versions that are laid over the one looked at, by their keys (`ghost-plans.ts`). */
  readonly planGhosts: ReadonlySet<string>;
  /** Plans and versions drawn side by side, by their keys, in their order; the plan worked on may be among them. */
  readonly sideBySide: readonly string[];
  /** The cut branch whose place is lit up. */
  readonly litBranch: CutBranch | null;
  readonly appearances: Readonly<Record<string, Appearance>>;
  readonly showCt: boolean;
  /** The free slice of the CT; null where none is shown. */
  readonly slice: CtSlice | null;
  /** It follows the working hand, in a headset. */
  readonly sliceInHand: boolean;
  readonly ctWindow: CtWindow;
  readonly showBands: boolean;
  readonly showSegments: boolean;
  /** Liver without supply or drainage is marked on its surface. */
  readonly showLosses: boolean;
  readonly progress: LoadProgress | null;
  readonly helpOpen: boolean;
  /** Others do not see where this person looks and points. */
  readonly privateView: boolean;
  /** The view goes where the presenter looks. */
  readonly followsPresenter: boolean;
  /** Somebody asked to their view while this person looked alone. */
  readonly asked: Gathered | null;
  readonly paletteOpen: boolean;
  readonly settingsOpen: boolean;
  readonly xrMode: "desktop" | "vr" | "ar";
  readonly modelLocked: boolean;
  readonly modelScale: number;
  /** The hand that works; the numbers are at the other one. */
  readonly hand: Side;
  /** Cuts that nobody takes by accident on this device. */
  readonly lockedCuts: ReadonlySet<string>;
}

export type UiStore = StoreApi<UiState>;

export function createUiStore(): UiStore {
  return createStore<UiState>(() => ({
    selected: null,
    handleMode: "move",
    bendScope: "point",
    bendPoint: 5,
    fine: false,
    tool: "handle",
    cutMenu: "closed",
    proposalsOpen: false,
    flatCutOpen: false,
    notesOpen: false,
    selectedNote: null,
    pointsPlaced: 0,
    hiddenNotes: new Set(),
    pinAt: null,
    ghost: null,
    plansOpen: false,
    compareOpen: false,
    planGhosts: new Set(),
    sideBySide: [],
    litBranch: null,
    appearances: {},
    showCt: true,
    slice: null,
    sliceInHand: false,
    ctWindow: CT_WINDOWS.planning,
    showBands: true,
    showSegments: false,
    showLosses: true,
    progress: null,
    helpOpen: false,
    privateView: false,
    followsPresenter: true,
    asked: null,
    paletteOpen: false,
    settingsOpen: false,
    xrMode: "desktop",
    modelLocked: true,
    modelScale: 1,
    hand: rememberedHand(),
    lockedCuts: new Set(),
  }));
}

/** The flat cut and the proposals have one place on a desktop. */
export function toggleFlatCut(ui: UiStore): void {
  ui.setState({ flatCutOpen: !ui.getState().flatCutOpen, proposalsOpen: false, plansOpen: false, ghost: null });
}

const HAND_KEY = "cantlie-hand";

function rememberedHand(): Side {
  try {
    return localStorage.getItem(HAND_KEY) === "left" ? "left" : "right";
  } catch {
    return "right";
  }
}

export function chooseHand(ui: UiStore, hand: Side): void {
  ui.setState({ hand });
  try {
    localStorage.setItem(HAND_KEY, hand);
  } catch {
    // Kept for this visit only where storage is refused.
  }
}
