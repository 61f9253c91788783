// The handles of the chosen cut: those of its kind are shown, placed and lit, the others are out of reach.
import type { Group, Object3D } from "three";
import { groupOf } from "../geometry/surface-groups";
import type { ResectionState } from "../protocol";
import type { UiStore } from "../ui-state";
import type { GrabPart, HandlePart } from "./grab-target";
import { PlaneHandles } from "./plane-handles";
import type { ShownResection } from "./resection-views";
import { setActive } from "./set-active";
import { SurfaceHandles } from "./surface-handles";
import { WedgeHandles } from "./wedge-handles";

/** How much smaller the hulls of handles are for hands than for a pointer on a screen. */
const HAND_REACH = 0.5;

export class ResectionHandles {
  /** A plane's; a surface has the arrow of them. */
  readonly plane = new PlaneHandles();
  readonly surface = new SurfaceHandles();
  readonly wedge = new WedgeHandles();
  readonly #ui: UiStore;

  constructor(patient: Group, ui: UiStore) {
    this.#ui = ui;
    patient.add(this.plane.group, this.surface.group, this.wedge.group);
    this.show(undefined);
  }

  /** What pointers can take hold of now. */
  get picks(): readonly Object3D[] {
    return [this.plane, this.surface, this.wedge].flatMap((set) => (set.group.visible ? set.picks : []));
  }

  partOf(object: Object3D): HandlePart | null {
    return this.plane.partOf(object) ?? this.surface.partOf(object) ?? this.wedge.partOf(object);
  }

  /** Those of a cut of this kind, or none. */
  show(kind: ResectionState["kind"] | undefined): void {
    this.plane.group.visible = kind === "plane" || kind === "surface";
    this.plane.setPlane(kind === "plane");
    setActive(this.surface.group, kind === "surface");
    setActive(this.wedge.group, kind === "wedge");
  }

  /** `length` is the arrow's, in patient metres. */
  place({ resection, view }: ShownResection, length: number): void {
    if (this.plane.group.visible) this.plane.place(view.group, view.halfSize, length);
    const reach = this.#ui.getState().xrMode === "desktop" ? 1 : HAND_REACH;
    if (resection.kind === "surface") this.surface.place(resection, length, reach);
    if (resection.kind === "wedge") this.wedge.place(resection, length);
  }

  highlight(part: GrabPart | null): void {
    this.plane.highlight(part === null || part.kind === "body" ? null : part);
    this.wedge.highlight(part?.kind === "size" ? part.knob : null);
    const { bendScope, bendPoint, handleMode } = this.#ui.getState();
    const point = part?.kind === "control" ? part.index : handleMode === "shape" ? bendPoint : null;
    this.surface.highlight(point === null ? [] : groupOf(point, bendScope));
  }
}
