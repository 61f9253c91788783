// The verbs on resections, the same for mouse, keyboard, controller and hand.
import { Vector3 } from "three";
import { centreOfBounds, halfSizeOfBounds } from "../geometry/bounds";
import { MM_PER_METRE } from "../geometry/patient-frame";
import {
  inPlaneAxes,
  type PlanePose,
  poseFromResection,
  proposedStart,
  resectionFromPose,
  rotatedAbout,
} from "../geometry/plane-pose";
import { poseOf, shifted, turned, withOtherSide } from "../geometry/resection-move";
import { type CentreLine, planeThrough } from "../geometry/snap";
import { groupOf, withMoved } from "../geometry/surface-groups";
import { netFromResection, surfaceFromPlane } from "../geometry/surface-pose";
import type {
  PointLps,
  ResectionState,
  SceneManifest,
  SurfaceResectionState,
  TerritoryResectionState,
} from "../protocol";
import { displayedPlan } from "../session/displayed-plan";
import { newId } from "../session/new-id";
import type { PlanningSession } from "../session/planning-session";
import { strings } from "../strings";
import type { UiStore } from "../ui-state";
import { bent } from "./resection-drags";

export class PlanEditor {
  readonly #session: PlanningSession;
  readonly #ui: UiStore;

  constructor(session: PlanningSession, ui: UiStore) {
    this.#session = session;
    this.#ui = ui;
  }

  /** The resection that tools act on: the chosen one, or the first. */
  get selected(): ResectionState | null {
    const plan = displayedPlan(this.#session.state.getState());
    const { selected } = this.#ui.getState();
    for (const { resection } of plan) if (resection.resection_id === selected) return resection;
    return plan[0]?.resection ?? null;
  }

  /** The resection this person is dragging. */
  get dragging(): string | null {
    return this.#session.state.getState().held?.resection.resection_id ?? null;
  }

  select(resectionId: string): void {
    this.#ui.setState({ selected: resectionId });
  }

  begin(resection: ResectionState): boolean {
    this.select(resection.resection_id);
    if (this.isLocked(resection.resection_id)) {
      this.#session.tell(strings.problem.locked, strings.problem.lockedCure);
      return false;
    }
    return this.#session.hold(resection);
  }

  isLocked(resectionId: string): boolean {
    return this.#ui.getState().lockedCuts.has(resectionId);
  }

  /** A locked cut is not moved, bent or removed on this device until it is unlocked. */
  toggleLock(): void {
    const resection = this.selected;
    if (!resection || this.dragging) return;
    const lockedCuts = new Set(this.#ui.getState().lockedCuts);
    if (!lockedCuts.delete(resection.resection_id)) lockedCuts.add(resection.resection_id);
    this.#ui.setState({ lockedCuts });
  }

  move(resection: ResectionState): void {
    if (this.dragging === resection.resection_id) this.#session.move(resection);
  }

  end(): void {
    this.#session.release();
  }

  cancel(): void {
    this.#session.cancel();
  }

  /** A plane, or a flat surface to bend, where a first cut makes sense. */
  place(kind: "plane" | "surface" = "plane"): void {
    const { scene } = this.#session.state.getState();
    if (!scene) return;
    const pose = startPose(scene);
    this.#create((id) =>
      kind === "plane" ? resectionFromPose(id, pose) : surfaceFromPlane(id, pose, liverHalfSize(scene)),
    );
  }

  /** The chosen plane becomes a surface that can be bent, in the same place. */
  makeCurved(): void {
    const { scene } = this.#session.state.getState();
    const resection = this.#free;
    if (!scene || resection?.kind !== "plane") return;
    const centre = liverCentre(scene);
    const pose = poseFromResection(resection);
    const nearLiver = { normal: pose.normal, point: footOn(pose, centre) };
    this.#session.changes.commit(surfaceFromPlane(resection.resection_id, nearLiver, liverHalfSize(scene)));
    this.#ui.setState({ handleMode: "shape" });
  }

  /** A surface through a line drawn on the liver. */
  placeThrough(points: readonly PointLps[]): void {
    const id = newId("resection");
    this.select(id);
    this.#session.changes.cutThroughLine(id, points);
  }

  placeAround(tumour: string, marginMm: number, shape: "spheroid" | "cone"): void {
    const id = newId("resection");
    this.select(id);
    this.#session.changes.cutAroundTumour(id, tumour, marginMm, shape);
  }

  /** The chosen wedge again, around its tumour with another margin. */
  setMargin(marginMm: number): void {
    const resection = this.#free;
    if (resection?.kind !== "wedge" || resection.tumour === null) return;
    const { shape } = resection.geometry;
    this.#session.changes.cutAroundTumour(resection.resection_id, resection.tumour, marginMm, shape);
  }

  placeTerritory(segments: readonly number[], portalBranches: readonly number[] = []): void {
    this.#create((id) => territory(id, segments, portalBranches));
  }

  /** Takes a segment into the chosen territory, or out of it; the last one stays. */
  toggleSegment(value: number): void {
    const resection = this.#free;
    if (resection?.kind !== "territory") return;
    const { segments, portal_branches } = resection;
    const kept = toggled(segments, value);
    if (kept.length + portal_branches.length === 0) return;
    this.#session.changes.commit(territory(resection.resection_id, kept, portal_branches));
  }

  /** The same for what a portal branch supplies. */
  toggleBranch(number: number): void {
    const resection = this.#free;
    if (resection?.kind !== "territory") return;
    const { segments, portal_branches } = resection;
    const kept = toggled(portal_branches, number);
    if (kept.length + segments.length === 0) return;
    this.#session.changes.commit(territory(resection.resection_id, segments, kept));
  }

  /** Lays the chosen plane, or a new one, through one vein or two. */
  snapTo(veins: readonly CentreLine[]): void {
    const { scene } = this.#session.state.getState();
    if (!scene || veins.length === 0 || this.dragging) return;
    const chosen = this.selected?.kind === "plane" ? this.selected : null;
    if (chosen && !this.#free) return;
    const near = chosen ? poseFromResection(chosen) : startPose(scene);
    const pose = planeThrough(veins, near);
    const snapped = { normal: pose.normal, point: footOn(pose, liverCentre(scene)) };
    if (chosen) this.#session.changes.commit(resectionFromPose(chosen.resection_id, snapped));
    else this.#create((id) => resectionFromPose(id, snapped));
  }

  flip(): void {
    const { scene } = this.#session.state.getState();
    const resection = this.#free;
    if (!resection) return;
    const other = withOtherSide(resection, scene?.segments ?? []);
    if (other) this.#session.changes.commit(other);
    else this.#session.tell(strings.problem.noOtherSide, strings.problem.noOtherSideCure);
  }

  duplicate(): void {
    const resection = this.selected;
    const normal = resection && poseOf(resection)?.normal;
    if (!resection || !normal || this.dragging) return;
    this.#create((id) => ({ ...shifted(resection, normal, 10), resection_id: id }));
  }

  /** Takes back this person's own last change; a drag under way is given up instead. */
  undo(): void {
    if (this.dragging) this.cancel();
    else this.#session.changes.undo();
  }

  redo(): void {
    if (!this.dragging) this.#session.changes.redo();
  }

  remove(): void {
    const resection = this.#free;
    if (resection) this.#session.changes.remove(resection.resection_id);
  }

  /** One key press: a control point in shape mode, else the whole cut along its normal or turned about its middle. */
  nudge(horizontal: number, vertical: number, step: number): void {
    const resection = this.selected;
    const pose = resection && poseOf(resection);
    if (!resection || !pose) return;
    if (!this.dragging && !this.begin(resection)) return;
    const { handleMode } = this.#ui.getState();
    if (handleMode === "rotate") this.move(this.#nudgeTurn(resection, pose, horizontal, vertical, step));
    else if (handleMode === "shape" && resection.kind === "surface") {
      this.move(this.#nudgePoint(resection, pose, step * (vertical || horizontal)));
    } else this.move(shifted(resection, pose.normal, step * (horizontal || vertical)));
  }

  #nudgeTurn(resection: ResectionState, pose: PlanePose, horizontal: number, vertical: number, step: number) {
    const { right, up } = inPlaneAxes(pose.normal);
    const axis = horizontal !== 0 ? up : right;
    const radians = ((step * (horizontal !== 0 ? horizontal : -vertical)) / 180) * Math.PI;
    if (resection.kind === "plane") return resectionFromPose(resection.resection_id, rotatedAbout(pose, axis, radians));
    return turned(resection, pose.point, axis, radians);
  }

  #nudgePoint(resection: SurfaceResectionState, pose: PlanePose, mm: number): ResectionState {
    const { bendPoint, bendScope } = this.#ui.getState();
    const by = pose.normal.clone().multiplyScalar(mm / MM_PER_METRE);
    return bent(resection, withMoved(netFromResection(resection), groupOf(bendPoint, bendScope), by));
  }

  /** The chosen resection where it may be changed now; says so where it is locked. */
  get #free(): ResectionState | null {
    const resection = this.selected;
    if (!resection || this.dragging) return null;
    if (!this.isLocked(resection.resection_id)) return resection;
    this.#session.tell(strings.problem.locked, strings.problem.lockedCure);
    return null;
  }

  #create(make: (id: string) => ResectionState): void {
    const id = newId("resection");
    this.#session.changes.commit(make(id));
    this.select(id);
  }
}

function toggled(list: readonly number[], value: number): readonly number[] {
  if (list.includes(value)) return list.filter((one) => one !== value);
  return [...list, value].sort((one, other) => one - other);
}

function territory(id: string, segments: readonly number[], branches: readonly number[]): TerritoryResectionState {
  return { resection_id: id, kind: "territory", segments, portal_branches: branches };
}

function liverBounds(scene: SceneManifest) {
  return scene.structures.find((structure) => structure.name === "liver")?.bounds_lps_mm ?? scene.bounds_lps_mm;
}

function liverCentre(scene: SceneManifest): Vector3 {
  return centreOfBounds(liverBounds(scene));
}

function liverHalfSize(scene: SceneManifest): Vector3 {
  return halfSizeOfBounds(liverBounds(scene));
}

function footOn(pose: PlanePose, centre: Vector3): Vector3 {
  const distance = new Vector3().subVectors(centre, pose.point).dot(pose.normal);
  return centre.clone().addScaledVector(pose.normal, -distance);
}

function startPose(scene: SceneManifest): PlanePose {
  const centreOf = (name: string) => {
    const structure = scene.structures.find((candidate) => candidate.name === name);
    return structure ? centreOfBounds(structure.bounds_lps_mm) : null;
  };
  return proposedStart(liverCentre(scene), centreOf("gallbladder"), centreOf("inferior_vena_cava"));
}
