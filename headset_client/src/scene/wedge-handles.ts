// The knobs that resize the chosen wedge, along its axis and across it.
import { Group, Mesh, MeshBasicMaterial, type Object3D, SphereGeometry, Vector3 } from "three";
import { colours } from "../design/tokens";
import { inPlaneAxes } from "../geometry/plane-pose";
import { knobAt, type WedgeKnob, wedgePose } from "../geometry/wedge-pose";
import type { WedgeResectionState } from "../protocol";
import type { HandlePart } from "./grab-target";
import { DRAW_ORDER } from "./structure-view";

const KNOB = new SphereGeometry(0.085, 20, 14);
const PICK = new SphereGeometry(0.2, 10, 8);
const INVISIBLE = new MeshBasicMaterial({ visible: false });
const KNOBS: readonly WedgeKnob[] = ["along", "across"];

export class WedgeHandles {
  readonly group = new Group();
  readonly picks: readonly Mesh[];
  readonly #materials: readonly MeshBasicMaterial[];
  readonly #knobs: readonly Group[];
  #placed: WedgeResectionState | null = null;
  readonly #parts: readonly HandlePart[] = KNOBS.map((knob) => ({ kind: "size", knob }));

  constructor() {
    this.picks = KNOBS.map(() => new Mesh(PICK, INVISIBLE));
    this.#materials = KNOBS.map(
      () => new MeshBasicMaterial({ color: colours.accent, depthTest: false, transparent: true, opacity: 0.95 }),
    );
    this.#knobs = KNOBS.map((_, index) => {
      const knob = new Group();
      const ball = new Mesh(KNOB, this.#materials[index]);
      ball.renderOrder = DRAW_ORDER.handle;
      knob.add(ball, this.picks[index] as Mesh);
      return knob;
    });
    this.group.add(...this.#knobs);
    this.group.visible = false;
  }

  partOf(object: Object3D): HandlePart | null {
    return this.#parts[this.picks.indexOf(object as Mesh)] ?? null;
  }

  place(resection: WedgeResectionState, length: number): void {
    for (const knob of this.#knobs) knob.scale.setScalar(length);
    // Called every frame: what has not changed is not worked out again.
    if (resection === this.#placed) return;
    this.#placed = resection;
    KNOBS.forEach((knob, index) => {
      wedgeKnobPosition(resection, knob, (this.#knobs[index] as Group).position);
    });
  }

  highlight(knob: WedgeKnob | null): void {
    KNOBS.forEach((one, index) => {
      this.#materials[index]?.color.set(one === knob ? "#e6f8ff" : colours.accent);
    });
  }
}

const right = new Vector3();
const up = new Vector3();

/** Direction in which a knob is dragged, unit length. */
export function wedgeKnobDirection(resection: WedgeResectionState, knob: WedgeKnob, target = new Vector3()): Vector3 {
  const { axis } = wedgePose(resection.geometry);
  if (knob === "along") return target.copy(axis);
  inPlaneAxes(axis, right, up);
  return target.copy(right);
}

export function wedgeKnobPosition(resection: WedgeResectionState, knob: WedgeKnob, target = new Vector3()): Vector3 {
  const { point, axis } = wedgePose(resection.geometry);
  const { along, across } = knobAt(resection.geometry, knob);
  inPlaneAxes(axis, right, up);
  return target.copy(point).addScaledVector(axis, along).addScaledVector(right, across);
}
