// What a pointing ray would choose: its name at the place, and the vessel lit up through everything.
import {
  BufferAttribute,
  BufferGeometry,
  Group,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
  SphereGeometry,
  type Sprite,
  type Vector3,
} from "three";
import { colours } from "../design/tokens";
import { DRAW_ORDER } from "./structure-view";
import { disposeText, setTextHeight, textSprite } from "./text-sprite";

export interface PointedPlace {
  readonly words: string;
  /** In the patient group, metres. */
  readonly point: Vector3;
  readonly lines: readonly (readonly Vector3[])[];
}

const SAME_PLACE_M = 2e-4;

function isNear(one: Vector3, other: Vector3): boolean {
  return one.distanceToSquared(other) < SAME_PLACE_M * SAME_PLACE_M;
}

const BEAD = new SphereGeometry(0.0022, 16, 12);

export class PointedMark {
  readonly group = new Group();
  readonly #bead = new Mesh(BEAD, new MeshBasicMaterial({ color: colours.mark, depthTest: false, transparent: true }));
  readonly #lines = new LineSegments(
    new BufferGeometry(),
    new LineBasicMaterial({ color: colours.mark, depthTest: false, transparent: true, opacity: 0.9 }),
  );
  readonly #requestFrame: () => void;
  #label: Sprite | null = null;
  #words = "";
  #drawn: PointedPlace["lines"] = [];

  constructor(requestFrame: () => void) {
    this.#requestFrame = requestFrame;
    this.#bead.renderOrder = DRAW_ORDER.handle + 2;
    this.#lines.renderOrder = DRAW_ORDER.handle + 1;
    this.#lines.frustumCulled = false;
    for (const object of [this.#bead, this.#lines]) object.raycast = () => {};
    this.group.add(this.#bead, this.#lines);
    this.group.visible = false;
  }

  show(place: PointedPlace | null): void {
    if (!place && !this.group.visible) return;
    // A hand at rest points at the same place frame after frame: that is nothing new to draw.
    if (place && this.group.visible && place.words === this.#words && isNear(place.point, this.#bead.position)) return;
    this.group.visible = place !== null;
    this.#requestFrame();
    if (!place) return;
    this.#bead.position.copy(place.point);
    if (place.words !== this.#words) this.#write(place.words);
    this.#label?.position.copy(place.point);
    if (place.lines !== this.#drawn) this.#draw(place.lines);
  }

  /** `letterHeight` in patient metres, so that the words keep their size on screen. */
  update(letterHeight: number): void {
    if (this.#label && this.group.visible) setTextHeight(this.#label, 1.2 * letterHeight);
  }

  dispose(): void {
    if (this.#label) disposeText(this.#label);
    this.#lines.geometry.dispose();
    this.#lines.material.dispose();
    this.#bead.material.dispose();
    this.group.removeFromParent();
  }

  #write(words: string): void {
    this.#words = words;
    if (this.#label) disposeText(this.#label);
    this.#label = textSprite(words, { colour: colours.text, background: colours.panel, weight: 600, onTop: true });
    this.#label.renderOrder = DRAW_ORDER.handle + 3;
    this.#label.center.set(0.5, -0.5);
    this.group.add(this.#label);
  }

  #draw(lines: PointedPlace["lines"]): void {
    this.#drawn = lines;
    const points: number[] = [];
    for (const line of lines) {
      for (let n = 1; n < line.length; n++) {
        for (const point of [line[n - 1], line[n]]) if (point) points.push(point.x, point.y, point.z);
      }
    }
    this.#lines.geometry.dispose();
    this.#lines.geometry.setAttribute("position", new BufferAttribute(new Float32Array(points), 3));
    this.#lines.visible = points.length > 0;
  }
}
