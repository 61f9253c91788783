// The handles of the chosen plane: an arrow along the normal into the resected side, and knobs on its edges that tilt it.
import {
  ConeGeometry,
  CylinderGeometry,
  Group,
  Mesh,
  MeshBasicMaterial,
  type Object3D,
  SphereGeometry,
  type Sprite,
  Vector3,
} from "three";
import { colours } from "../design/tokens";
import { strings } from "../strings";
import type { HandlePart } from "./grab-target";
import { DRAW_ORDER } from "./structure-view";
import { setTextHeight, textSprite } from "./text-sprite";

/** Geometry in units of the arrow's length. */
const SHAFT = new CylinderGeometry(0.018, 0.018, 1, 12).rotateX(Math.PI / 2).translate(0, 0, 0.5);
const TIP = new ConeGeometry(0.075, 0.22, 24).rotateX(Math.PI / 2).translate(0, 0, 1.05);
const FOOT = new SphereGeometry(0.05, 20, 14);
const ARROW_PICK = new CylinderGeometry(0.14, 0.14, 1.3, 8).rotateX(Math.PI / 2).translate(0, 0, 0.55);
const KNOB = new SphereGeometry(0.07, 20, 14);
const KNOB_PICK = new SphereGeometry(0.17, 10, 8);
const LEVERS = [new Vector3(1, 0, 0), new Vector3(-1, 0, 0), new Vector3(0, 1, 0), new Vector3(0, -1, 0)];

function handleMaterial(colour: string): MeshBasicMaterial {
  return new MeshBasicMaterial({ color: colour, depthTest: false, transparent: true, opacity: 0.95 });
}

export class PlaneHandles {
  readonly group = new Group();
  /** Invisible, larger than what is seen: what the mouse and fingers hit. */
  readonly picks: readonly Object3D[];
  readonly #arrow = new Group();
  readonly #knobs: readonly Group[];
  readonly #label: Sprite;
  readonly #arrowMaterial = handleMaterial(colours.resected);
  readonly #knobMaterials: readonly MeshBasicMaterial[];
  readonly #hits = new Map<Object3D, HandlePart>();
  #knobsWanted = true;
  #isPlane = true;

  constructor() {
    const invisible = new MeshBasicMaterial({ visible: false });
    for (const geometry of [SHAFT, TIP, FOOT]) this.#arrow.add(onTop(new Mesh(geometry, this.#arrowMaterial)));
    const arrowPick = new Mesh(ARROW_PICK, invisible);
    this.#hits.set(arrowPick, { kind: "arrow" });
    this.#label = textSprite(strings.cut.resectedSide, {
      colour: colours.resected,
      background: colours.panel,
      weight: 600,
      onTop: true,
    });
    this.#arrow.add(arrowPick, this.#label);
    this.#knobMaterials = LEVERS.map(() => handleMaterial(colours.accent));
    this.#knobs = LEVERS.map((lever, index) => {
      const knob = new Group();
      const pick = new Mesh(KNOB_PICK, invisible);
      this.#hits.set(pick, { kind: "tilt", lever });
      knob.add(onTop(new Mesh(KNOB, this.#knobMaterials[index])), pick);
      return knob;
    });
    this.group.add(this.#arrow, ...this.#knobs);
    this.picks = [...this.#hits.keys()];
  }

  partOf(object: Object3D): HandlePart | null {
    return this.#hits.get(object) ?? null;
  }

  /** Takes the pose of a cut's view; `length` is the arrow's, in patient metres. Only a plane has knobs to tilt it. */
  place(view: Object3D, halfSize: { readonly width: number; readonly height: number }, length: number): void {
    this.group.position.copy(view.position);
    this.group.quaternion.copy(view.quaternion);
    this.#arrow.scale.setScalar(length);
    this.#label.position.set(0, 0, 1.05);
    this.#label.center.set(0.5, -0.35);
    setTextHeight(this.#label, 0.27);
    for (let index = 0; index < LEVERS.length; index++) {
      const [lever, knob] = [LEVERS[index], this.#knobs[index]];
      if (!lever || !knob) continue;
      knob.position.set(lever.x * halfSize.width, lever.y * halfSize.height, 0);
      knob.scale.setScalar(length);
    }
  }

  /** World coordinates. */
  middleOfArrow(): Vector3 {
    return this.#arrow.localToWorld(new Vector3(0, 0, 0.6));
  }

  highlight(part: HandlePart | null): void {
    this.#arrowMaterial.color.set(part?.kind === "arrow" ? "#ffc9a3" : colours.resected);
    LEVERS.forEach((lever, index) => {
      this.#knobMaterials[index]?.color.set(part?.kind === "tilt" && part.lever === lever ? "#e6f8ff" : colours.accent);
    });
  }

  /** Knobs are for pointers on a screen; in a headset the hand turns the plane itself. */
  setKnobsVisible(visible: boolean): void {
    this.#knobsWanted = visible;
    this.#showKnobs();
  }

  setPlane(isPlane: boolean): void {
    this.#isPlane = isPlane;
    this.#showKnobs();
  }

  #showKnobs(): void {
    for (const knob of this.#knobs) knob.visible = this.#knobsWanted && this.#isPlane;
  }
}

function onTop(mesh: Mesh): Mesh {
  mesh.renderOrder = DRAW_ORDER.handle;
  return mesh;
}
