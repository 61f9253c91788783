// R L A P S I around the model: the patient's directions, as on every scan.
import { Group, type Sprite, Vector3 } from "three";
import { colours } from "../design/tokens";
import { disposeText, setTextHeight, textSprite } from "./text-sprite";

/** glTF directions of the patient's six directions; +X is the patient's left. */
export const PATIENT_DIRECTIONS = [
  { letter: "R", direction: new Vector3(-1, 0, 0) },
  { letter: "L", direction: new Vector3(1, 0, 0) },
  { letter: "A", direction: new Vector3(0, 0, 1) },
  { letter: "P", direction: new Vector3(0, 0, -1) },
  { letter: "S", direction: new Vector3(0, 1, 0) },
  { letter: "I", direction: new Vector3(0, -1, 0) },
] as const;

const centre = new Vector3();
const offset = new Vector3();
const towards = new Vector3();

export class OrientationLabels {
  readonly group = new Group();
  readonly #letters: readonly Sprite[];
  readonly #centre: Vector3;

  constructor(organCentre: Vector3, halfSize: Vector3) {
    const reach = 0.034;
    this.#centre = organCentre.clone();
    this.#letters = PATIENT_DIRECTIONS.map(({ letter, direction }) => {
      const sprite = textSprite(letter, { colour: colours.textSoft, weight: 650, onTop: true });
      sprite.position.copy(halfSize).addScalar(reach).multiply(direction).add(organCentre);
      this.group.add(sprite);
      return sprite;
    });
  }

  /** `height` in patient metres; a letter between the eye and the model fades, it would only be in the way. */
  update(height: number, eye: Vector3): void {
    towards.subVectors(eye, this.group.localToWorld(centre.copy(this.#centre))).normalize();
    for (let index = 0; index < this.#letters.length; index++) {
      const [sprite, direction] = [this.#letters[index], PATIENT_DIRECTIONS[index]?.direction];
      if (!sprite || !direction) continue;
      const facing = Math.abs(offset.copy(direction).transformDirection(this.group.matrixWorld).dot(towards));
      sprite.material.opacity = Math.min(1, Math.max(0, (0.86 - facing) / 0.16));
      sprite.visible = sprite.material.opacity > 0.02;
      setTextHeight(sprite, height);
    }
  }

  dispose(): void {
    for (const letter of this.#letters) disposeText(letter);
    this.group.removeFromParent();
  }
}
