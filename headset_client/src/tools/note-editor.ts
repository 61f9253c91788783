// Placing, adjusting and deleting measurements and pins; the same for mouse, ray, tip and pinch.
import { Matrix4, Ray, type Raycaster, Vector3 } from "three";
import { distanceMm } from "../geometry/measure";
import { gltfFromLps } from "../geometry/patient-frame";
import type { MeasurementState, PointLps } from "../protocol";
import type { PlanningScene } from "../scene/planning-scene";
import { displayedNotes, isPin, type Note, noteId } from "../session/displayed-notes";
import { newId } from "../session/new-id";
import type { PlanningSession } from "../session/planning-session";
import { strings } from "../strings";
import { isMeasuring, type MeasureTool, type UiStore } from "../ui-state";
import { type Draft, draftOf, measurementFrom, POINTS, vesselLine } from "./note-draft";
import { NoteSnap, type Snapped } from "./note-snap";
import type { PlanEditor } from "./plan-editor";

/** Nearer than this two points are one place, millimetres. */
const ONE_PLACE_MM = 0.05;

interface Adjusted {
  readonly note: Note;
  readonly index: number;
  readonly tool: MeasureTool;
  readonly points: readonly PointLps[];
  next: Snapped | null;
}

export class NoteEditor {
  readonly #session: PlanningSession;
  readonly #ui: UiStore;
  readonly #editor: PlanEditor;
  readonly #scene: () => PlanningScene;
  readonly #snap: NoteSnap;
  readonly #ray = new Ray();
  readonly #matrix = new Matrix4();
  readonly #place = new Vector3();
  #placed: PointLps[] = [];
  #adjusted: Adjusted | null = null;

  constructor(session: PlanningSession, ui: UiStore, editor: PlanEditor, scene: () => PlanningScene) {
    this.#session = session;
    this.#ui = ui;
    this.#editor = editor;
    this.#scene = scene;
    this.#snap = new NoteSnap(session, scene);
    ui.subscribe((state, before) => {
      if (state.tool !== before.tool) this.abandon();
    });
  }

  get isActive(): boolean {
    return isMeasuring(this.#ui.getState().tool);
  }

  get isAdjusting(): boolean {
    return this.#adjusted !== null;
  }

  /** Takes a tool, or lays it down where it is the one in hand. */
  toggle(tool: MeasureTool): void {
    if (this.#session.refuses(tool === "pin" ? "pin.set" : "measurement.set")) return;
    const { tool: now } = this.#ui.getState();
    this.#ui.setState({ tool: now === tool ? "handle" : tool, notesOpen: true, proposalsOpen: false, ghost: null });
  }

  /** Shows what a press here would do. `tip`, in the world, is taken before the ray where it is in the liver. */
  hover(raycaster: Raycaster, tip: Vector3 | null = null): void {
    const { tool } = this.#ui.getState();
    if (!isMeasuring(tool)) return;
    const next = this.#snapped(raycaster, tip, tool);
    this.#show(next && draftOf(tool, this.#placed, next, this.#branches));
  }

  /** False where there is nothing to hold on to. */
  press(raycaster: Raycaster, tip: Vector3 | null = null): boolean {
    const { tool } = this.#ui.getState();
    const next = isMeasuring(tool) ? this.#snapped(raycaster, tip, tool) : null;
    if (!next || !isMeasuring(tool)) return false;
    if (tool === "pin") this.#ui.setState({ pinAt: next.point });
    else if (next.tumour && this.#placed.length === 0) this.#measure({ kind: "tumour", tumour: next.tumour });
    else this.#add(tool, next);
    return true;
  }

  /** Takes an end of a measurement into the hand, of the chosen one only if asked; false where the ray passes none. */
  grab(raycaster: Raycaster, slackRadians: number, onlyChosen = false): boolean {
    const { tool, selectedNote } = this.#ui.getState();
    const chosenOnly = onlyChosen || tool !== "handle";
    if (chosenOnly && selectedNote === null) return false;
    const { patient, focus } = this.#scene();
    this.#ray.copy(raycaster.ray).applyMatrix4(this.#matrix.copy(patient.matrixWorld).invert());
    const slack = slackRadians * this.#ray.origin.distanceTo(focus);
    for (const note of this.#shown()) {
      if (chosenOnly && noteId(note) !== selectedNote) continue;
      const points = pointsOf(note);
      const index = points.findIndex((point) => this.#ray.distanceToPoint(gltfFromLps(point, this.#place)) < slack);
      if (index < 0) continue;
      const kind = isPin(note) ? "pin" : note.measurement.kind;
      if (kind === "tumour" || kind === "area") continue;
      this.#adjusted = { note, index, tool: kind, points, next: null };
      this.#ui.setState({ selectedNote: noteId(note) });
      return true;
    }
    return false;
  }

  /** The hand that holds an end moved. */
  adjust(raycaster: Raycaster, tip: Vector3 | null = null): void {
    const adjusted = this.#adjusted;
    if (!adjusted) return;
    const next = this.#snapped(raycaster, tip, adjusted.tool);
    if (!next) return;
    adjusted.next = next;
    const points = adjusted.points.map((point, index) => (index === adjusted.index ? next.point : point));
    const draft = draftOf(adjusted.tool, points.slice(0, -1), { ...next, point: last(points) }, this.#branches);
    this.#scene().plan.notes.hold(noteId(adjusted.note));
    this.#show({ ...draft, at: next.point });
  }

  release(): void {
    const adjusted = this.#adjusted;
    this.#adjusted = null;
    this.#scene().plan.notes.hold(null);
    this.#show(null);
    if (!adjusted?.next) return;
    const { note, index, next } = adjusted;
    if (isPin(note)) {
      this.#session.changes.setPin({ ...note.pin, point_lps_mm: next.point });
      return;
    }
    const points = adjusted.points.map((point, place) => (place === index ? next.point : point));
    if (adjusted.tool === "pin" || !this.#makesSense(adjusted.tool, points)) return;
    const changed = measurementFrom(adjusted.tool, note.measurement.measurement_id, points);
    if (changed) this.#session.changes.setMeasurement(changed);
  }

  /** The area of the chosen cut. */
  measureCut(): void {
    const selected = this.#editor.selected;
    if (selected) this.#measure({ kind: "area", resection_id: selected.resection_id });
  }

  setPin(text: string, at: PointLps | null = this.#ui.getState().pinAt): void {
    if (!at) return;
    const pin = { pin_id: newId("pin"), point_lps_mm: at, text };
    this.#session.changes.setPin(pin);
    this.#ui.setState({ pinAt: null, selectedNote: pin.pin_id });
  }

  remove(id: string): void {
    const note = displayedNotes(this.#session.state.getState()).find((one) => noteId(one) === id);
    if (!note) return;
    if (isPin(note)) this.#session.changes.removePin(id);
    else this.#session.changes.removeMeasurement(id);
    this.#ui.setState({ selectedNote: null });
  }

  abandon(): void {
    this.#put([]);
    this.#adjusted = null;
    this.#scene().plan.notes.hold(null);
    this.#show(null);
  }

  #add(tool: Exclude<MeasureTool, "pin">, next: Snapped): void {
    const points = [...this.#placed, next.point];
    const before = this.#placed[this.#placed.length - 1];
    if (before && distanceMm(before, next.point) < ONE_PLACE_MM) {
      this.#session.tell(strings.measuring.onePlace, strings.measuring.onePlaceCure);
      return;
    }
    if (points.length < POINTS[tool]) {
      this.#put(points);
      this.#ui.setState({ selectedNote: null });
      this.#show(draftOf(tool, this.#placed, next, this.#branches));
      return;
    }
    if (!this.#makesSense(tool, points)) return;
    const made = measurementFrom(tool, newId("measure"), points);
    this.#put([]);
    this.#show(null);
    if (made) this.#keep(made);
  }

  #put(points: PointLps[]): void {
    if (points.length === 0 && this.#placed.length === 0) return;
    this.#placed = points;
    this.#ui.setState({ pointsPlaced: points.length });
  }

  #makesSense(tool: MeasureTool, points: readonly PointLps[]): boolean {
    if (tool !== "vessel" || vesselLine(points, this.#branches)) return true;
    this.#session.tell(strings.measuring.notConnected, strings.measuring.notConnectedCure);
    return false;
  }

  #measure(what: { kind: "tumour"; tumour: string } | { kind: "area"; resection_id: string }): void {
    this.#keep({ measurement_id: newId("measure"), ...what });
  }

  #keep(measurement: MeasurementState): void {
    this.#session.changes.setMeasurement(measurement);
    this.#ui.setState({ selectedNote: measurement.measurement_id });
    this.#show(null);
  }

  #snapped(raycaster: Raycaster, tip: Vector3 | null, tool: MeasureTool): Snapped | null {
    const touched = tip && this.#snap.atTip(tip, tool);
    if (touched) return touched;
    const moved = this.#adjusted?.note;
    const ends = this.#shown()
      .filter((note) => note !== moved)
      .flatMap((note) => [...this.#scene().plan.notes.endsOf(noteId(note))]);
    return this.#snap.onRay(raycaster, tool, ends);
  }

  #shown(): readonly Note[] {
    const { hiddenNotes } = this.#ui.getState();
    return displayedNotes(this.#session.state.getState()).filter((note) => !hiddenNotes.has(noteId(note)));
  }

  get #branches() {
    return this.#session.state.getState().scene?.branches ?? [];
  }

  #show(draft: Draft | null): void {
    this.#scene().plan.notes.showDraft(draft);
  }
}

/** Those that a hand can move. */
function pointsOf(note: Note): readonly PointLps[] {
  if (isPin(note)) return [note.pin.point_lps_mm];
  return "points_lps_mm" in note.measurement ? note.measurement.points_lps_mm : [];
}

function last(points: readonly PointLps[]): PointLps {
  return points[points.length - 1] as PointLps;
}
