// Cuts of other plans, laid over the one on screen: a thin sheet with an outline, in the plan's colour, with its name.
import {
  BufferAttribute,
  BufferGeometry,
  DoubleSide,
  EdgesGeometry,
  Group,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
  SphereGeometry,
} from "three";
import { CONTROL_POINTS } from "../geometry/bezier";
import { HeightField } from "../geometry/height-field";
import { MM_PER_METRE } from "../geometry/patient-frame";
import { centredOn, poseFromResection, sheetHalfSize, sheetQuaternion } from "../geometry/plane-pose";
import { netFromResection } from "../geometry/surface-pose";
import { coneRimMm, wedgePose } from "../geometry/wedge-pose";
import type { ResectionState } from "../protocol";
import type { Organ } from "./resection-views";
import { DRAW_ORDER } from "./structure-view";
import { disposeText, setTextHeight, textSprite } from "./text-sprite";

export interface GhostPlan {
  readonly key: string;
  readonly name: string;
  readonly resections: readonly ResectionState[];
}

/** Told apart from the accent of the plan itself, and from each other by their names too. */
export const GHOST_COLOURS = ["#a06bff", "#e08a1e", "#1fa36b", "#e0507c"] as const;

const GRID = 16;
const ROOM_M = 0.012;
const LABEL_M = 0.009;

export class PlanGhosts {
  readonly group = new Group();
  readonly #organ: Organ;
  #shown: readonly GhostPlan[] = [];
  #discard: (() => void)[] = [];

  constructor(organ: Organ) {
    this.#organ = organ;
    this.group.name = "ghosts";
  }

  /** How many sheets are drawn. */
  get count(): number {
    return this.group.children.filter((child) => child instanceof Mesh).length;
  }

  /** Territories have no surface of their own: they are compared by their numbers. */
  show(plans: readonly GhostPlan[]): void {
    const same =
      plans.length === this.#shown.length && plans.every((plan, index) => sameGhost(plan, this.#shown[index]));
    if (same) return;
    this.#shown = plans;
    this.dispose();
    plans.forEach((plan, index) => {
      const colour = GHOST_COLOURS[index % GHOST_COLOURS.length] as string;
      for (const resection of plan.resections) this.#add(resection, plan.name, colour);
    });
  }

  dispose(): void {
    for (const discard of this.#discard) discard();
    this.#discard = [];
    this.group.clear();
  }

  #add(resection: ResectionState, name: string, colour: string): void {
    const geometry = this.#geometryOf(resection);
    if (!geometry) return;
    const fill = new MeshBasicMaterial({ color: colour, transparent: true, opacity: 0.16, side: DoubleSide });
    fill.depthWrite = false;
    const sheet = new Mesh(geometry, fill);
    sheet.renderOrder = DRAW_ORDER.handle - 1;
    sheet.raycast = () => {};
    const edges = new EdgesGeometry(geometry, 30);
    const ink = new LineBasicMaterial({ color: colour, transparent: true, opacity: 0.9 });
    const outline = new LineSegments(edges, ink);
    outline.renderOrder = DRAW_ORDER.handle;
    outline.raycast = () => {};
    const label = textSprite(name, { colour, onTop: true });
    setTextHeight(label, LABEL_M);
    label.position.copy(topOf(geometry));
    this.group.add(sheet, outline, label);
    this.#discard.push(() => {
      geometry.dispose();
      edges.dispose();
      fill.dispose();
      ink.dispose();
      disposeText(label);
    });
  }

  /** In the patient's frame, metres. */
  #geometryOf(resection: ResectionState): BufferGeometry | null {
    const placed = new Group();
    if (resection.kind === "plane") {
      const pose = centredOn(poseFromResection(resection), this.#organ.centre);
      const { halfWidth, halfHeight } = sheetHalfSize(pose.normal, this.#organ.halfSize);
      placed.position.copy(pose.point);
      sheetQuaternion(pose.normal, placed.quaternion);
      placed.scale.set(halfWidth, halfHeight, 1);
      return grid(1, () => [1, 1, 0]).applyMatrix4(matrixOf(placed));
    }
    if (resection.kind === "wedge") {
      const { geometry } = resection;
      const { point, axis } = wedgePose(geometry);
      const across = (geometry.shape === "cone" ? coneRimMm(geometry) : geometry.radius_across_mm) / MM_PER_METRE;
      const along = (geometry.shape === "cone" ? geometry.depth_mm : geometry.radius_along_mm) / MM_PER_METRE;
      placed.position.copy(point);
      sheetQuaternion(axis, placed.quaternion);
      placed.scale.set(across, across, along);
      return new SphereGeometry(1, 20, 12).rotateX(Math.PI / 2).applyMatrix4(matrixOf(placed));
    }
    if (resection.kind !== "surface") return null;
    const field = new HeightField();
    field.fill(
      netFromResection(resection, new Float64Array(3 * CONTROL_POINTS)),
      this.#organ.centre,
      this.#organ.halfSize,
      ROOM_M,
    );
    const { origin, x, y, normal } = field.frame;
    placed.matrix.makeBasis(x, y, normal).setPosition(origin);
    const sheet = grid(GRID, (u, v) => {
      const at = [field.centreX + u * field.halfX, field.centreY + v * field.halfY] as const;
      return [at[0], at[1], field.heightAt(at[0], at[1])];
    });
    return sheet.applyMatrix4(placed.matrix);
  }
}

function matrixOf(group: Group) {
  group.updateMatrix();
  return group.matrix;
}

/** A sheet of cells; `place` is asked for each corner, from -1 to 1. One cell is the unit square. */
function grid(cells: number, place: (u: number, v: number) => readonly [number, number, number]): BufferGeometry {
  const points: number[] = [];
  const index: number[] = [];
  for (let row = 0; row <= cells; row++) {
    for (let column = 0; column <= cells; column++) {
      const u = (2 * column) / cells - 1;
      const v = (2 * row) / cells - 1;
      points.push(...(cells === 1 ? [u, v, 0] : place(u, v)));
      if (row === cells || column === cells) continue;
      const at = row * (cells + 1) + column;
      index.push(at, at + 1, at + cells + 2, at, at + cells + 2, at + cells + 1);
    }
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(new Float32Array(points), 3));
  geometry.setIndex(index);
  return geometry;
}

function topOf(geometry: BufferGeometry) {
  geometry.computeBoundingBox();
  const position = geometry.getAttribute("position");
  let best = 0;
  for (let at = 1; at < position.count; at++) if (position.getY(at) > position.getY(best)) best = at;
  return new Group().position.fromBufferAttribute(position, best);
}

function sameGhost(one: GhostPlan, other: GhostPlan | undefined): boolean {
  return other !== undefined && one.key === other.key && one.name === other.name && one.resections === other.resections;
}
