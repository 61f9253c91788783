// The control net of the chosen curved surface: sixteen knobs and the lines between them.
import {
  BufferAttribute,
  BufferGeometry,
  Color,
  Group,
  InstancedMesh,
  LineBasicMaterial,
  LineSegments,
  Matrix4,
  Mesh,
  MeshBasicMaterial,
  type Object3D,
  SphereGeometry,
  type Vector3,
} from "three";
import { colours } from "../design/tokens";
import { CONTROL_POINTS, type ControlNet, controlPoint, SIDE } from "../geometry/bezier";
import { netFromResection } from "../geometry/surface-pose";
import type { SurfaceResectionState } from "../protocol";
import type { HandlePart } from "./grab-target";
import { DRAW_ORDER } from "./structure-view";

/** Radius of a knob and of what a pointer hits, in units of the handles' length. */
const KNOB_RADIUS = 0.085;
const PICK_RADIUS = 0.2;
const SMALLER_INSIDE = 0.8;
const LEAST_GROWTH = 0.02;

const KNOB = new SphereGeometry(KNOB_RADIUS, 20, 14);
const PICK = new SphereGeometry(PICK_RADIUS, 10, 8);
const INVISIBLE = new MeshBasicMaterial({ visible: false });
const CALM = new Color(colours.accent);
const MOVING = new Color("#e6f8ff");
const CORNER = new Color("#2ba8e0");

export class SurfaceHandles {
  readonly group = new Group();
  /** In the order of the control points. */
  readonly picks: readonly Mesh[];
  readonly net: ControlNet = new Float64Array(3 * CONTROL_POINTS);
  readonly #knobs: InstancedMesh;
  readonly #lines: LineSegments<BufferGeometry>;
  readonly #parts: readonly HandlePart[];
  readonly #matrix = new Matrix4();
  #group: readonly number[] = [];
  #placed: SurfaceResectionState | null = null;
  #length = 1;

  constructor() {
    const look = { depthTest: false, transparent: true, opacity: 0.95 };
    this.#knobs = new InstancedMesh(KNOB, new MeshBasicMaterial(look), CONTROL_POINTS);
    this.#knobs.renderOrder = DRAW_ORDER.handle;
    this.#knobs.frustumCulled = false;
    this.#lines = new LineSegments(
      lineGeometry(),
      new LineBasicMaterial({ color: colours.accent, transparent: true, opacity: 0.35, depthTest: false }),
    );
    this.#lines.renderOrder = DRAW_ORDER.handle - 1;
    this.#lines.frustumCulled = false;
    this.picks = Array.from({ length: CONTROL_POINTS }, () => new Mesh(PICK, INVISIBLE));
    this.#parts = this.picks.map((_, index) => ({ kind: "control", index }));
    this.group.add(this.#knobs, this.#lines, ...this.picks);
    this.group.visible = false;
    this.highlight([]);
  }

  partOf(object: Object3D): HandlePart | null {
    return this.#parts[this.picks.indexOf(object as Mesh)] ?? null;
  }

  positionOf(index: number, target: Vector3): Vector3 {
    return controlPoint(this.net, index, target);
  }

  /**
   * Follows the surface; `length` is that of handles, patient metres. `reach` scales what pointers hit: a hand has a
   * reach of its own, and to it the nearest hull is the nearest handle only while hulls are small.
   */
  place(resection: SurfaceResectionState, length: number, reach = 1): void {
    // Called every frame: what has not changed, or not by as much as one would see, is not worked out again.
    if (resection === this.#placed && Math.abs(length / this.#length - 1) < LEAST_GROWTH) return;
    this.#placed = resection;
    this.#length = length;
    netFromResection(resection, this.net);
    const lines = this.#lines.geometry.getAttribute("position") as BufferAttribute;
    (lines.array as Float32Array).set(this.net);
    lines.needsUpdate = true;
    for (let n = 0; n < CONTROL_POINTS; n++) {
      const pick = this.picks[n] as Mesh;
      controlPoint(this.net, n, pick.position);
      pick.scale.setScalar(length * reach);
      const size = length * (isCorner(n) ? 1 : SMALLER_INSIDE);
      this.#matrix.makeScale(size, size, size).setPosition(pick.position);
      this.#knobs.setMatrixAt(n, this.#matrix);
    }
    this.#knobs.instanceMatrix.needsUpdate = true;
  }

  /** Shows which points a handle would move. */
  highlight(group: readonly number[]): void {
    if (group.length === this.#group.length && group.every((n, at) => n === this.#group[at]) && group.length > 0)
      return;
    this.#group = group;
    for (let n = 0; n < CONTROL_POINTS; n++) {
      this.#knobs.setColorAt(n, group.includes(n) ? MOVING : isCorner(n) ? CORNER : CALM);
    }
    if (this.#knobs.instanceColor) this.#knobs.instanceColor.needsUpdate = true;
  }
}

function isCorner(n: number): boolean {
  return n === 0 || n === SIDE - 1 || n === CONTROL_POINTS - SIDE || n === CONTROL_POINTS - 1;
}

function lineGeometry(): BufferGeometry {
  const index: number[] = [];
  for (let n = 0; n < CONTROL_POINTS; n++) {
    if (n % SIDE < SIDE - 1) index.push(n, n + 1);
    if (n + SIDE < CONTROL_POINTS) index.push(n, n + SIDE);
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(new Float32Array(3 * CONTROL_POINTS), 3));
  geometry.setIndex(index);
  return geometry;
}
