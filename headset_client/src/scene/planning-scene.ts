// The scene: a stage in the room, the patient on it, and what the plan does to the anatomy.
import { Group, type Object3D, type PerspectiveCamera, type Raycaster, Vector3, type WebGLRenderer } from "three";
import type { PartPieces } from "../apart/taken-apart";
import type { MeshPiece } from "../decode/mesh-pieces";
import { drawingMeans } from "../drawing-means";
import type { EarlyStart } from "../early-start";
import { centreOfBounds, halfSizeOfBounds } from "../geometry/bounds";
import { gltfFromLps } from "../geometry/patient-frame";
import { boxOfCt, type CtBox, type CtSlice } from "../geometry/slice-pose";
import type { SceneManifest } from "../protocol";
import { onlyTheHandMoved } from "../session/hand-moved";
import { freshNumbersLookedAt, planLookedAt } from "../session/looked-at";
import type { PlanningSession } from "../session/planning-session";
import type { SessionState } from "../session/session-state";
import { plansBeside } from "../session/side-by-side";
import { strings } from "../strings";
import type { PlanEditor } from "../tools/plan-editor";
import type { UiStore } from "../ui-state";
import { Anatomy } from "./anatomy";
import { isNeighbour } from "./appearance";
import { ECONOMY } from "./call-economy";
import { CutUniforms } from "./cut-uniforms";
import { CutVolumes } from "./cut-volumes";
import type { GrabTarget } from "./grab-target";
import { LossColours, lostBranches } from "./loss-colours";
import { OrientationLabels } from "./orientation-labels";
import { OtherPlans } from "./other-plans";
import { PartsView } from "./parts-view";
import { type PickHooks, PlanView } from "./plan-view";
import { SegmentColours } from "./segment-colours";
import { warmLargeShaders, warmShaders } from "./shader-warmth";
import { SliceView } from "./slice-view";
import type { StructureView } from "./structure-view";

/** Angular sizes, radians; in a headset text is at least 1.5 degrees and handles are made for hands. */
const ANGLES = {
  desktop: { arrow: 0.075, letter: 0.02 },
  headset: { arrow: 0.125, letter: 0.045 },
} as const;

export class PlanningScene {
  /** Where the model stands in the room; on a desktop its focus is the world's origin. */
  readonly stage = new Group();
  /** Patient coordinates: glTF metres, see geometry/patient-frame.ts. */
  readonly patient = new Group();
  /** The plan worked on; plans beside it are drawn without. */
  readonly plan: PlanView;
  /** Plans drawn beside the one worked on. */
  readonly others: OtherPlans;
  /** In a headset: from one liver to the next, metres of the room. */
  readonly besideM = new Vector3();
  readonly #session: PlanningSession;
  readonly #ui: UiStore;
  readonly #parts: PartsView;
  readonly #cut = new CutUniforms();
  readonly #segments = new SegmentColours();
  readonly #losses = new LossColours();
  readonly #liver = { segments: this.#segments, losses: this.#losses };
  readonly #volumes = new CutVolumes(this.#segments);
  readonly #slice = new SliceView(this.#cut, this.#volumes);
  readonly #anatomy: Anatomy;
  readonly #focus = new Vector3();
  readonly #eye = new Vector3();
  #labels: OrientationLabels | null = null;
  #manifest: SceneManifest | null = null;
  #requestFrame: () => void = () => {};
  #radius = 0.15;
  readonly #halfSize = new Vector3();
  #planKnown = false;
  #synced: SessionState | null = null;
  #cool: () => void = () => {};
  #coolLarge: () => void = () => {};
  #warmLarge: () => Promise<void> = () => Promise.resolve();

  constructor(early: EarlyStart, ui: UiStore, editor: PlanEditor, picks: PickHooks) {
    const { session } = early;
    this.#session = session;
    this.#ui = ui;
    this.stage.add(this.patient);
    const requestFrame = () => this.#requestFrame();
    this.plan = new PlanView({ ui, editor, cut: this.#cut, volumes: this.#volumes, picks, requestFrame });
    this.patient.add(this.plan.group);
    this.#parts = new PartsView(this.#cut, this.#liver);
    this.patient.add(this.#parts.group, this.#slice.group);
    const own = { patient: this.patient, group: this.plan.group, cut: this.#cut, losses: this.#losses };
    this.others = new OtherPlans({ ...own, organ: this.plan.resections.organ }, this.#volumes);
    const parts = {
      patient: this.patient,
      ui,
      cut: this.#cut,
      liver: { segments: this.#segments, losses: this.#losses },
      volumes: this.#volumes,
    };
    this.#anatomy = new Anatomy(early, parts, {
      onLabels: (labels) => {
        this.plan.resections.territories.setLabels(labels);
        this.#losses.setLabels(labels);
        this.others.setLabels(labels);
        this.sync();
      },
      onFailure: (error) => {
        console.warn("asset failed", error);
        session.tell(strings.problem.asset, strings.problem.assetCure);
      },
      requestFrame,
    });
  }

  get structures(): ReadonlyMap<string, StructureView> {
    return this.#anatomy.structures;
  }

  /** Half the size of what `frame` shows, metres. */
  get radius(): number {
    return this.#radius;
  }

  /** The middle of the liver as it was first shown, in the patient group. */
  get focus(): Vector3 {
    return this.plan.resections.organ.centre;
  }

  /** From the middle of the liver down to the lowest that is shown, metres. */
  get depthBelowFocus(): number {
    const { appearances } = this.#ui.getState();
    const shown = this.#manifest?.structures.filter(({ name }) => appearances[name]?.visible) ?? [];
    const lowest = shown.map(({ bounds_lps_mm: [low] }) => gltfFromLps(low).y);
    return Math.max(0, this.focus.y - Math.min(this.focus.y, ...lowest));
  }

  /** Where the CT lies that is finest for this device; null where the case has none. */
  get ctBox(): CtBox | null {
    const ct = this.#manifest?.volumes.find(({ name }) => name === "ct");
    return ct ? boxOfCt(ct) : null;
  }

  /** Draws a slice that is not chosen yet, as it is in a hand. */
  showSlice(slice: CtSlice | null): void {
    this.#slice.show(slice, this.ctBox);
  }

  get triangleBudget(): number {
    return this.#anatomy.triangleBudget;
  }

  get volumesShown(): number {
    return this.#anatomy.volumesShown;
  }

  /** Every structure that is shown is on screen, cut as the plan says. */
  get complete(): boolean {
    return this.#manifest !== null && this.#planKnown && this.#anatomy.complete;
  }

  /** A frame would show nothing and bring nothing to the graphics card. */
  get blank(): boolean {
    return !this.complete && ![...this.structures.values()].some(({ held }) => held.size > 0);
  }

  get loading(): boolean {
    return this.#manifest === null || this.#anatomy.loading;
  }

  /** Whether another frame follows the one just prepared. */
  followedByAnother(follows: boolean): void {
    this.#anatomy.followedByAnother(follows);
  }

  /** Before the scene is known: what it will be drawn with gets ready. */
  warm(renderer: WebGLRenderer, camera: PerspectiveCamera): void {
    this.#cool = warmShaders(renderer, camera, this.#cut, this.#liver);
    this.#warmLarge = async () => {
      this.#coolLarge = await warmLargeShaders(renderer, camera, this.#liver);
    };
  }

  /** The first picture, of the anatomy as the plan cuts it, is there: cut faces, volumes and finer levels follow. */
  refine(): void {
    this.plan.resections.showSheets();
    // Their letters want the page's font.
    this.#labels = new OrientationLabels(this.#focus, this.#halfSize);
    this.patient.add(this.#labels.group);
    this.#cool();
    this.#anatomy.refine();
    this.sync();
    // Where the processor draws it compiles too, and what may never be wanted would be in the way.
    if (!drawingMeans().inSoftware) void this.#warmLarge();
  }

  onRequestFrame(requestFrame: () => void): void {
    this.#requestFrame = requestFrame;
  }

  /** Takes over what changed; while a hand drags that is one cut. */
  follow(): void {
    const state = this.#session.state.getState();
    const moved = this.#synced && onlyTheHandMoved(this.#synced, state) ? state.held : null;
    if (moved && !this.#parts.group.visible && this.plan.resections.move(moved.resection)) {
      this.#synced = state;
      this.#requestFrame();
    } else this.sync();
  }

  /** Takes the state over: the scene where it is new, and the plan. */
  sync(): void {
    const state = this.#session.state.getState();
    this.#synced = state;
    if (state.scene && state.scene !== this.#manifest) this.#setScene(state.scene);
    const { ghost, showLosses } = this.#ui.getState();
    const plan = this.#parts.group.visible ? [] : planLookedAt(state, ghost);
    this.#planKnown = state.planKnown;
    const beside = this.#parts.group.visible ? [] : plansBeside(state, this.#ui.getState().sideBySide);
    this.others.show(beside.map((one) => ({ ...one, lost: showLosses ? lostBranches(one.numbers) : null })));
    for (const [name, view] of this.structures) {
      view.setHasPlan(plan.length > 0 || this.others.haveCuts);
      view.setInParts(this.#parts.structures.has(name));
    }
    this.#losses.show(showLosses ? lostBranches(freshNumbersLookedAt(state, ghost)) : null);
    if (this.#ui.getState().showSegments || this.#losses.shown) this.#cut.detail.becomeFull();
    this.plan.show(plan, state, this.#parts.group.visible);
    this.#requestFrame();
  }

  /** Takes over what this person chose to see. */
  syncAppearance(): void {
    const { showCt, showBands, showSegments, ctWindow, slice, sliceInHand } = this.#ui.getState();
    this.#anatomy.syncAppearance();
    this.#parts.sync(this.#ui.getState().appearances);
    this.#segments.setShown(showSegments);
    this.#volumes.setOptions({ ct: showCt, bands: showBands, window: ctWindow });
    if (!sliceInHand) this.showSlice(slice);
    this.plan.light(this.#ui.getState().litBranch);
    this.sync();
  }

  hover(target: GrabTarget | null): void {
    if (this.plan.hover(target)) this.sync();
  }

  loadMesh(asset: string, priority: number): Promise<readonly MeshPiece[]> {
    return this.#anatomy.loadMesh(asset, priority);
  }

  /** Shows the parts of the liver in its place, or the whole again. */
  showParts(parts: readonly PartPieces[] | null, apartLps: readonly [number, number, number]): void {
    if (parts && this.#manifest) this.#parts.show(parts, apartLps, this.#manifest, this.#ui.getState().appearances);
    else this.#parts.clear();
    this.sync();
  }

  moveParts(gapMm: number): void {
    this.#parts.move(gapMm);
  }

  /** Leaves out what a headset's draw calls do not suffice for; see `ECONOMY`. */
  economise(step: number): void {
    for (const [name, view] of this.structures) {
      view.spare(step >= ECONOMY.neighbours && isNeighbour(view.asset), step >= ECONOMY.ghosts && name !== "liver");
    }
  }

  /** Runs `draw` for a second liver, without what stands around the first one anyway. */
  withoutCompany(step: number, draw: () => void): void {
    const hidden = step < ECONOMY.neighboursBeside ? [] : [...this.structures.values()].filter(isNeighbourShown);
    if (this.#labels) this.#labels.group.visible = step < ECONOMY.letters;
    for (const { group } of hidden) group.visible = false;
    draw();
    for (const { group } of hidden) group.visible = true;
    if (this.#labels) this.#labels.group.visible = true;
  }

  /** Something changed that nothing else announces. */
  redraw(): void {
    this.#requestFrame();
  }

  /** The structure a ray shows: what lies in or behind the liver's veil before the veil itself. */
  structureAt(raycaster: Raycaster): string | null {
    const surfaces = [...this.structures.values()].filter((view) => view.appearance.visible);
    const nameOf = new Map<Object3D, string>(
      surfaces.flatMap((view) => view.surface.map((mesh) => [mesh, view.asset.name] as const)),
    );
    const hits = raycaster.intersectObjects([...nameOf.keys()], false).map(({ object }) => nameOf.get(object));
    return hits.find((name) => name !== "liver") ?? hits[0] ?? null;
  }

  /** Where a ray meets the liver first, in the patient group. */
  liverHit(raycaster: Raycaster): Vector3 | null {
    const liver = this.structures.get("liver");
    if (!liver?.group.visible) return null;
    const hit = raycaster.intersectObjects([...liver.surface], false)[0];
    return hit ? this.patient.worldToLocal(hit.point.clone()) : null;
  }

  /** Once a frame, before it is drawn. True where another frame is needed at once. */
  update(renderer: WebGLRenderer, camera: PerspectiveCamera, nowMs: number): boolean {
    this.stage.updateMatrixWorld(true);
    const busy = this.#manifest !== null && this.#anatomy.update(renderer, camera, nowMs);
    this.#cut.followPatient(this.patient);
    this.#parts.update();
    this.#eye.setFromMatrixPosition(camera.matrixWorld);
    const distance = this.#eye.distanceTo(this.stage.position);
    const patientMetresPerRadian = distance / this.stage.scale.x;
    const angles = this.#ui.getState().xrMode === "desktop" ? ANGLES.desktop : ANGLES.headset;
    this.#labels?.update(patientMetresPerRadian * angles.letter, this.#eye);
    this.plan.update(patientMetresPerRadian * angles.arrow, patientMetresPerRadian * angles.letter);
    return busy;
  }

  dispose(): void {
    this.#cool();
    this.#coolLarge();
    this.#anatomy.dispose();
    this.plan.dispose();
    this.others.dispose();
    this.#labels?.dispose();
    this.#cut.dispose();
    this.#losses.dispose();
    this.#parts.clear();
    this.#slice.dispose();
    this.stage.removeFromParent();
  }

  /** The view stays where it is when the case changes: only what the first scene says places it. */
  #setScene(manifest: SceneManifest): void {
    const isFirst = this.#manifest === null;
    this.#manifest = manifest;
    const liver = manifest.structures.find((structure) => structure.name === "liver");
    const bounds = liver?.bounds_lps_mm ?? manifest.bounds_lps_mm;
    const halfSize = halfSizeOfBounds(bounds);
    const centre = centreOfBounds(bounds);
    this.plan.resections.organ.centre.copy(centre);
    this.plan.resections.organ.halfSize.copy(halfSize);
    this.plan.resections.territories.setBranches(manifest.branches);
    this.others.setBranches(manifest.branches);
    if (isFirst) {
      this.#radius = halfSize.length();
      this.#focus.copy(centre);
      this.patient.position.copy(centre).negate();
      this.#halfSize.copy(halfSize);
    }
    this.#anatomy.setScene(manifest);
  }
}

function isNeighbourShown({ asset, group }: StructureView): boolean {
  return group.visible && isNeighbour(asset);
}
