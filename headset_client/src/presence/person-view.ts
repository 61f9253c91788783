// Another person in the scene: head and hands in a headset, and for everybody what they point at, with their name.
import {
  BoxGeometry,
  BufferGeometry,
  Color,
  Group,
  Line,
  LineBasicMaterial,
  Mesh,
  MeshBasicMaterial,
  type Object3D,
  SphereGeometry,
  Vector3,
} from "three";
import { colours } from "../design/tokens";
import { gltfFromLps } from "../geometry/patient-frame";
import type { PersonPose, PersonState, PoseState } from "../protocol";
import { DRAW_ORDER } from "../scene/structure-view";
import { setTextHeight, textSprite } from "../scene/text-sprite";
import { placeInPatient } from "./person-pose";
import { wavesMark } from "./waves-mark";

/** Metres of the room. */
const HEAD = { width: 0.15, height: 0.1, depth: 0.09 };
const HAND_RADIUS_M = 0.024;
const ABOVE_HEAD_M = 0.13;
/** Of the way to where somebody is now, gone each frame: moves come 30 times a second and are drawn more often. */
const EASE = 0.4;
const ARRIVED_M = 0.0004;
/** A head this near to one's own eyes would only be in the way, metres of the room. */
const TOO_NEAR_M = 0.3;

const headGeometry = new BoxGeometry(HEAD.width, HEAD.height, HEAD.depth);
const handGeometry = new SphereGeometry(HAND_RADIUS_M, 12, 8);
const dotGeometry = new SphereGeometry(1, 16, 12);
const goal = new Group();
const eye = new Vector3();

export class PersonView {
  readonly group = new Group();
  readonly #colour: MeshBasicMaterial;
  readonly #lineColour: LineBasicMaterial;
  readonly #head: Mesh;
  readonly #hands: Readonly<Record<"left" | "right", Mesh>>;
  readonly #dot: Mesh;
  readonly #line: Line;
  readonly #name;
  readonly #waves = wavesMark();
  readonly #wearsHeadset: boolean;
  /** Their voice is heard now. */
  speaks = false;
  #pose: PersonPose | null = null;
  #isNew = true;

  constructor(person: Pick<PersonState, "device" | "colour">, name: string) {
    this.#wearsHeadset = person.device === "headset";
    this.#colour = new MeshBasicMaterial({ color: new Color(person.colour) });
    this.#lineColour = new LineBasicMaterial({ color: new Color(person.colour), transparent: true, opacity: 0.7 });
    this.#head = new Mesh(headGeometry, this.#colour);
    this.#hands = { left: new Mesh(handGeometry, this.#colour), right: new Mesh(handGeometry, this.#colour) };
    this.#dot = new Mesh(dotGeometry, this.#colour);
    this.#dot.renderOrder = DRAW_ORDER.handle;
    this.#line = new Line(new BufferGeometry().setFromPoints([new Vector3(), new Vector3(0, 0, 1)]), this.#lineColour);
    this.#line.frustumCulled = false;
    this.#name = textSprite(name, { colour: colours.text, background: colours.panel, weight: 600, onTop: true });
    this.group.add(this.#head, this.#hands.left, this.#hands.right, this.#dot, this.#line, this.#name, this.#waves);
    this.group.visible = false;
  }

  show(pose: PersonPose | null): void {
    this.#isNew ||= this.#pose === null;
    this.#pose = pose;
    this.group.visible = pose !== null;
  }

  /**
   * Once a frame; true while they are still on their way.
   * @param letter height of a name, patient metres.
   * @param eyePlace one's own eye, in the patient's group.
   */
  update(letter: number, eyePlace: Vector3): boolean {
    const pose = this.#pose;
    if (!pose) return false;
    const ease = this.#isNew ? 1 : EASE;
    this.#isNew = false;
    const size = 1 / pose.model_scale;
    const headMoves = this.#follow(this.#head, this.#wearsHeadset ? pose.head : null, ease, size);
    const leftMoves = this.#follow(this.#hands.left, pose.left, ease, size);
    const rightMoves = this.#follow(this.#hands.right, pose.right, ease, size);
    if (this.#head.position.distanceTo(eyePlace) < TOO_NEAR_M * size) this.#head.visible = false;
    const rayMoves = this.#point(pose, ease, letter);
    this.#placeName(letter, size);
    return headMoves || leftMoves || rightMoves || rayMoves;
  }

  dispose(): void {
    this.#colour.dispose();
    this.#lineColour.dispose();
    this.#line.geometry.dispose();
    this.#name.material.map?.dispose();
    this.#name.material.dispose();
    this.#waves.material.dispose();
    this.group.removeFromParent();
  }

  #follow(thing: Object3D, pose: PoseState | null, ease: number, size: number): boolean {
    thing.visible = pose !== null;
    if (!pose) return false;
    placeInPatient(pose, goal);
    thing.position.lerp(goal.position, ease);
    thing.quaternion.slerp(goal.quaternion, ease);
    thing.scale.setScalar(size);
    return thing.position.distanceTo(goal.position) > ARRIVED_M;
  }

  /** The line from a hand to the dot; at a screen the dot alone: a line from the eye is no line. */
  #point({ ray }: PersonPose, ease: number, letter: number): boolean {
    this.#dot.visible = ray !== null;
    this.#line.visible = ray !== null && this.#wearsHeadset;
    if (!ray) return false;
    gltfFromLps(ray.to_lps_mm, goal.position);
    this.#dot.position.lerp(goal.position, ease);
    this.#dot.scale.setScalar(letter * 0.28);
    gltfFromLps(ray.from_lps_mm, eye);
    this.#line.position.copy(eye);
    this.#line.scale.set(1, 1, eye.distanceTo(this.#dot.position));
    goal.position.copy(this.#dot.position);
    this.#line.quaternion.setFromUnitVectors(FORWARD, goal.position.sub(eye).normalize());
    return this.#dot.position.distanceTo(gltfFromLps(ray.to_lps_mm, eye)) > ARRIVED_M;
  }

  #placeName(letter: number, size: number): void {
    this.#name.visible = this.#head.visible || this.#dot.visible;
    if (this.#head.visible) this.#name.position.copy(this.#head.position).y += ABOVE_HEAD_M * size;
    else this.#name.position.copy(this.#dot.position).y += letter * 1.1;
    setTextHeight(this.#name, letter);
    this.#waves.visible = this.#name.visible && this.speaks;
    this.#waves.position.copy(this.#name.position).y += letter * 1.25;
    this.#waves.scale.setScalar(letter * 1.3);
  }
}

const FORWARD = new Vector3(0, 0, 1);
