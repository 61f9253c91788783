// The plan that is worked on, as it is drawn over the anatomy: cuts, handles, marks, notes and ghosts of other plans.
import { Group, type Mesh, type Object3D, type Vector3 } from "three";
import { colours } from "../design/tokens";
import type { CutBranch } from "../protocol";
import type { DisplayedResection } from "../session/displayed-plan";
import { ghostPlans } from "../session/ghost-plans";
import type { SessionState } from "../session/session-state";
import { strings } from "../strings";
import type { PlanEditor } from "../tools/plan-editor";
import type { UiStore } from "../ui-state";
import type { CutUniforms } from "./cut-uniforms";
import type { CutVolumes } from "./cut-volumes";
import { type GrabTarget, isSamePart } from "./grab-target";
import { NotesView } from "./notes-view";
import { PlanGhosts } from "./plan-ghosts";
import { PointedMark } from "./pointed-mark";
import { ResectionHandles } from "./resection-handles";
import { ResectionViews, type ShownResection } from "./resection-views";
import { shownNotes } from "./shown-notes";
import { Stroke } from "./stroke";
import { VesselMark } from "./vessel-mark";

export interface PickHooks {
  onSheetAdded(resectionId: string, pick: Mesh): void;
  onSheetRemoved(resectionId: string): void;
}

export interface PlanViewParts {
  readonly ui: UiStore;
  readonly editor: PlanEditor;
  readonly cut: CutUniforms;
  readonly volumes: CutVolumes;
  readonly picks: PickHooks;
  requestFrame(): void;
}

export class PlanView {
  /** Everything of it, in the patient group. */
  readonly group = new Group();
  /** Of the chosen cut. */
  readonly handles: ResectionHandles;
  /** The line that is being drawn on the liver. */
  readonly stroke = new Stroke();
  readonly resections: ResectionViews;
  /** Cuts of other plans over this one. */
  readonly ghosts: PlanGhosts;
  /** What a pointing ray would choose. */
  readonly pointedMark: PointedMark;
  /** Measurements and pins. */
  readonly notes: NotesView;
  readonly #mark = new VesselMark();
  readonly #parts: PlanViewParts;
  #hovered: GrabTarget | null = null;

  constructor(parts: PlanViewParts) {
    this.#parts = parts;
    const { ui, cut, volumes, picks } = parts;
    this.pointedMark = new PointedMark(() => parts.requestFrame());
    this.notes = new NotesView(() => parts.requestFrame());
    this.handles = new ResectionHandles(this.group, ui);
    this.group.add(this.#mark.group, this.stroke.mesh, this.pointedMark.group, this.notes.group);
    this.resections = new ResectionViews(this.group, cut, volumes, {
      onAdded: (id, pick) => picks.onSheetAdded(id, pick),
      onRemoved: (id) => picks.onSheetRemoved(id),
    });
    this.ghosts = new PlanGhosts(this.resections.organ);
    this.group.add(this.ghosts.group);
  }

  /** The plan as it is now; without its notes while the liver is taken apart. */
  show(plan: readonly DisplayedResection[], state: SessionState, isApart: boolean): void {
    const { planGhosts, hiddenNotes, selectedNote } = this.#parts.ui.getState();
    const colourOf = (id: string) => state.people.find((person) => person.client_id === id)?.colour ?? colours.accent;
    this.resections.show(plan, colourOf, this.#hovered?.resection.resection_id ?? null);
    this.ghosts.show(ghostPlans(state, planGhosts, strings.plans.ofVersion));
    this.notes.show(isApart ? [] : shownNotes(state, hiddenNotes, selectedNote));
    this.handles.show(this.#chosen()?.resection.kind);
    this.handles.highlight(this.#hovered?.part ?? null);
  }

  /** Lights up the vessel that a list points at. */
  light(branch: CutBranch | null): void {
    this.#mark.show(branch);
  }

  /** True where it is another part than before. */
  hover(target: GrabTarget | null): boolean {
    if (isSamePart(this.#hovered, target)) return false;
    this.#hovered = target;
    return true;
  }

  pickables(): readonly Object3D[] {
    const bodies = this.resections.all.flatMap(({ view }) => view.pick ?? []);
    return [...this.handles.picks, ...bodies];
  }

  /** `point` where it was hit, in the world. */
  targetOf(object: Object3D, point: Vector3): GrabTarget | null {
    const handle = this.handles.partOf(object);
    const shown = handle ? this.#chosen() : this.resections.all.find(({ view }) => view.pick === object);
    if (!shown) return null;
    const part = handle ?? ({ kind: "body", point: this.group.worldToLocal(point.clone()) } as const);
    return { resection: shown.resection, part, halfSize: shown.view.halfSize };
  }

  /** Once a frame: sizes of what keeps its angle, patient metres. */
  update(arrow: number, letter: number): void {
    const chosen = this.#chosen();
    if (chosen) this.handles.place(chosen, arrow);
    this.#mark.update(letter);
    this.pointedMark.update(letter);
    this.notes.update(letter);
  }

  dispose(): void {
    this.resections.dispose();
    this.#mark.dispose();
    this.pointedMark.dispose();
    this.notes.dispose();
    this.stroke.dispose();
  }

  #chosen(): ShownResection | undefined {
    const id = this.#parts.editor.selected?.resection_id;
    return id === undefined ? undefined : this.resections.get(id);
  }
}
