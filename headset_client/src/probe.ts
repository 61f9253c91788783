// A small read-only window on the running app, for tests and for support. It shows only what is on screen anyway.
import { Vector3 } from "three";
import { gltfFromLps, lpsFromGltf } from "./geometry/patient-frame";
import type { CtSlice } from "./geometry/slice-pose";
import type { PlanningApp } from "./planning-app";
import type { MeasuredValue, PersonState, PlanNumbers, PointLps, ResectionState } from "./protocol";
import { workingBox } from "./scene/panes";
import { shownNotes } from "./scene/shown-notes";
import { displayedNotes, type Note, noteId } from "./session/displayed-notes";
import { displayedPlan } from "./session/displayed-plan";
import { shownNumbers } from "./session/shown-numbers";

export interface CantlieProbe {
  /** Frames rendered. */
  readonly frame: number;
  /** Nothing is waiting to be drawn and nothing is loading. */
  readonly settled: boolean;
  /** When the first complete picture was drawn, milliseconds since navigation; null before. */
  readonly firstPictureMs: number | null;
  readonly connection: string;
  readonly mode: "desktop" | "vr" | "ar";
  /** Multiple of true size at which a headset shows the model. */
  readonly modelScale: number;
  readonly revision: number;
  /** Operations sent and not yet confirmed. */
  readonly pending: number;
  readonly plan: readonly ResectionState[];
  /** All plans, and which is looked at. */
  readonly plans: readonly { id: string; name: string; stage: string; lookedAt: boolean }[];
  /** Sheets of other plans that are drawn over this one. */
  readonly ghosts: number;
  readonly held: string | null;
  readonly numbers: {
    readonly values: PlanNumbers;
    readonly revision: number;
    readonly stale: boolean;
  } | null;
  readonly structures: readonly {
    readonly name: string;
    readonly level: number | null;
    readonly visible: boolean;
  }[];
  readonly volumes: number;
  /** The free slice of the CT that is chosen. */
  readonly slice: CtSlice | null;
  /** Bytes of assets that came over the network; what the cache held does not count. */
  readonly assetBytes: number;
  /** Measurements and pins as they are shown, with the server's numbers where they are known. */
  readonly notes: readonly { readonly note: Note; readonly value: MeasuredValue | null; readonly label: string }[];
  readonly people: readonly PersonState[];
  /** Whom this person sees in the scene. */
  readonly seen: readonly string[];
  /** The instant of the session that is looked at again, and who of the recording is seen in it; null while live. */
  readonly replayed: {
    readonly revision: number;
    readonly settled: boolean;
    readonly people: readonly string[];
  } | null;
  /** Proposals that were found. */
  readonly proposals: readonly string[];
  /** Of this person's voice: how far in, who speaks, and how many voices arrive and come from a place. */
  readonly voice: {
    readonly phase: string;
    readonly problem: string | null;
    readonly isSilenced: boolean;
    readonly speaking: readonly string[];
    readonly voices: number;
    readonly placed: number;
  } | null;
  /** The middle of the liver. */
  readonly focusLpsMm: PointLps;
  readonly drawCalls: number;
  readonly triangles: number;
  /** How many of them frames may have now, by how long frames take. */
  readonly triangleBudget: number;
  /** What the graphics card holds for this page. */
  readonly gpu: { readonly geometries: number; readonly textures: number };
  /** Where a patient point is on the page, CSS pixels. */
  toScreen(pointLpsMm: PointLps): { readonly x: number; readonly y: number } | null;
  /** Where a patient point is in the room, metres. */
  toRoom(pointLpsMm: PointLps): readonly [number, number, number];
  /** The middle of the chosen plane's arrow on the page, CSS pixels. */
  readonly arrowOnScreen: { readonly x: number; readonly y: number } | null;
  /** The middle of the chosen plane's sheet in the room, metres. */
  readonly sheetInRoom: readonly [number, number, number] | null;
  /** The middle of a control point of the chosen curved surface on the page, CSS pixels. */
  controlOnScreen(index: number): { readonly x: number; readonly y: number } | null;
  /** The same in the room, metres. */
  controlInRoom(index: number): readonly [number, number, number] | null;
  /** Where a button of the headset's panel is in the room, metres. */
  buttonInRoom(id: string): readonly [number, number, number] | null;
  /** Where the grips of the boards are in the room, metres: tools, numbers. */
  readonly gripsInRoom: readonly (readonly [number, number, number])[];
  /** The place of the flat cut that is pointed at, patient LPS mm; null where none is. */
  readonly pointedOnCut: readonly [number, number, number] | null;
  /** The picture is that of the plan. */
  readonly flatCutShown: boolean;
  /** A corner (0 to 1 from the top left) of the picture at the wrist, in the room; null while it is not shown. */
  flatCutInRoom(across: number, down: number): readonly [number, number, number] | null;
  readonly apart: "whole" | "cutting" | "apart";
}

declare global {
  interface Window {
    cantlie?: CantlieProbe;
  }
}

function onPage(app: PlanningApp, point: Vector3): { x: number; y: number } | null {
  if (!app.viewport) return null;
  const box = workingBox(app.viewport.canvas);
  const { x, y } = point.project(app.viewport.camera);
  return { x: box.left + ((x + 1) / 2) * box.width, y: box.top + ((1 - y) / 2) * box.height };
}

/** In the world. */
function controlPoint(app: PlanningApp, index: number): Vector3 | null {
  const { patient, plan } = app.planning;
  const { handles } = plan;
  if (!handles.surface.group.visible) return null;
  return patient.localToWorld(handles.surface.positionOf(index, new Vector3()));
}

export function exposeProbe(app: PlanningApp): () => void {
  const state = () => app.session.state.getState();
  const probe: CantlieProbe = {
    get frame() {
      return app.frame;
    },
    get settled() {
      return app.settled && !app.planning.loading;
    },
    get firstPictureMs() {
      return app.firstPicture.milliseconds;
    },
    get connection() {
      return state().connection.kind;
    },
    get mode() {
      return app.ui.getState().xrMode;
    },
    get modelScale() {
      return app.ui.getState().modelScale;
    },
    get revision() {
      return state().plan.revision;
    },
    get pending() {
      return state().pending.length;
    },
    get plan() {
      return displayedPlan(state()).map(({ resection }) => resection);
    },
    get plans() {
      const { entries, lookedAt } = state().book;
      return entries.map(({ plan_id, name, stage }) => ({ id: plan_id, name, stage, lookedAt: plan_id === lookedAt }));
    },
    get ghosts() {
      return app.planning.plan.ghosts.count;
    },
    get held() {
      return app.editor.dragging;
    },
    get numbers() {
      const shown = shownNumbers(state());
      return shown && { values: shown.numbers, revision: shown.revision, stale: shown.stale };
    },
    get structures() {
      return [...app.planning.structures.values()].map((view) => ({
        name: view.asset.name,
        level: view.level,
        visible: view.appearance.visible,
      }));
    },
    get slice() {
      return app.ui.getState().slice;
    },
    get volumes() {
      return app.planning.volumesShown;
    },
    get assetBytes() {
      return app.session.assets.bytesReceived;
    },
    get replayed() {
      const { replay, state: replayState } = app.replay;
      if (!replay) return null;
      return {
        revision: replayState.getState().revision,
        settled: replay.isSettled && app.settled,
        people: replay.people,
      };
    },
    get proposals() {
      return (state().proposals.found ?? []).map((one) => one.proposal_id);
    },
    get voice() {
      if (!app.voice) return null;
      const { phase, problem, speaking, isSilenced } = app.voice.state.getState();
      return { phase, problem, isSilenced, speaking: [...speaking], ...app.voice.heard };
    },
    get focusLpsMm() {
      return lpsFromGltf(app.planning.focus);
    },
    get seen() {
      return app.presence?.shown ?? [];
    },
    get notes() {
      const now = state();
      const shown = shownNotes(now, new Set(), null);
      return displayedNotes(now).map((note) => ({
        note,
        value: now.measured.get(noteId(note)) ?? null,
        label: shown.find(({ id }) => id === noteId(note))?.label ?? "",
      }));
    },
    get people() {
      return state().people;
    },
    get drawCalls() {
      return app.viewport?.renderer.info.render.calls ?? 0;
    },
    get triangles() {
      return app.viewport?.renderer.info.render.triangles ?? 0;
    },
    get triangleBudget() {
      return app.planning.triangleBudget;
    },
    get gpu() {
      const { geometries, textures } = app.viewport?.renderer.info.memory ?? { geometries: 0, textures: 0 };
      return { geometries, textures };
    },
    get arrowOnScreen() {
      const { plane } = app.planning.plan.handles;
      return plane.group.visible ? onPage(app, plane.middleOfArrow()) : null;
    },
    get sheetInRoom() {
      const { group } = app.planning.plan.handles.plane;
      return group.visible ? group.getWorldPosition(new Vector3()).toArray() : null;
    },
    toScreen(pointLpsMm) {
      return onPage(app, app.planning.patient.localToWorld(gltfFromLps(pointLpsMm)));
    },
    toRoom(pointLpsMm) {
      return app.planning.patient.localToWorld(gltfFromLps(pointLpsMm)).toArray();
    },
    controlOnScreen(index) {
      const point = controlPoint(app, index);
      return point && onPage(app, point);
    },
    controlInRoom(index) {
      return controlPoint(app, index)?.toArray() ?? null;
    },
    buttonInRoom(id) {
      const button = app.headset?.tools.button(id);
      return button ? button.getWorldPosition(new Vector3()).toArray() : null;
    },
    get gripsInRoom() {
      return (app.headset?.grabs ?? []).map(({ pick }) => pick.getWorldPosition(new Vector3()).toArray());
    },
    get pointedOnCut() {
      return app.flatCut.state.getState().pointed?.point ?? null;
    },
    get flatCutShown() {
      const { sheets, stale } = app.flatCut.state.getState();
      return sheets !== null && !stale;
    },
    flatCutInRoom: (across, down) => app.headset?.flatCutPlace(across, down) ?? null,
    get apart() {
      return app.apart.state.getState().phase;
    },
  };
  window.cantlie = Object.freeze(probe);
  return () => {
    delete window.cantlie;
  };
}
