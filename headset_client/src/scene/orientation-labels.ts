// R L A P S I around the model: the patient's directions, as on every scan.
import { Group, type Sprite, Vector3 } from "three";
import { colours } from "../design/tokens";
import { setTextHeight, textSprite } from "./text-sprite";

/** glTF directions of the patient's six directions; +X is the patient's left. */
export const PATIENT_DIRECTIONS = [
  { letter: "R", direction: new Vector3(-1, 0, 0) },
  { letter: "L", direction: new Vector3(1, 0, 0) },
  { letter: "A", direction: new Vector3(0, 0, 1) },
  { letter: "P", direction: new Vector3(0, 0, -1) },
  { letter: "S", direction: new Vector3(0, 1, 0) },
  { letter: "I", direction: new Vector3(0, -1, 0) },
] as const;

export class OrientationLabels {
  readonly group = new Group();
  readonly #letters: readonly Sprite[];

  constructor(centre: Vector3, halfSize: Vector3) {
    const reach = 0.03;
    this.#letters = PATIENT_DIRECTIONS.map(({ letter, direction }) => {
      const sprite = textSprite(letter, { colour: colours.textFaint, weight: 650, onTop: true });
      sprite.position.copy(halfSize).addScalar(reach).multiply(direction).add(centre);
      this.group.add(sprite);
      return sprite;
    });
  }

  /** `height` in patient metres. */
  setHeight(height: number): void {
    for (const sprite of this.#letters) setTextHeight(sprite, height);
  }
}
