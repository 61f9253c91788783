// A bar under the model that scales with it: 10 cm of the patient, whatever the size on show.
import { BoxGeometry, type BufferGeometry, Group, Mesh, MeshBasicMaterial } from "three";
import { mergeGeometries } from "three/addons/utils/BufferGeometryUtils.js";
import { colours } from "../design/tokens";
import { disposeText, setTextHeight, textSprite } from "../scene/text-sprite";
import { strings } from "../strings";

const LENGTH_M = 0.1;
const THICK_M = 0.0016;
const TICK_M = 0.009;

export class ScaleBar {
  readonly group = new Group();
  readonly #bar: Mesh<BufferGeometry, MeshBasicMaterial>;
  readonly #label = textSprite(strings.xr.scaleBar, { colour: colours.textSoft, weight: 600 });

  constructor(modelRadius: number) {
    const ends = [-1, 1].map((end) => new BoxGeometry(THICK_M, TICK_M, THICK_M).translate((end * LENGTH_M) / 2, 0, 0));
    const geometry = mergeGeometries([new BoxGeometry(LENGTH_M, THICK_M, THICK_M), ...ends]) as BufferGeometry;
    this.#bar = new Mesh(geometry, new MeshBasicMaterial({ color: colours.textSoft }));
    this.#label.position.y = -0.016;
    setTextHeight(this.#label, 0.022);
    this.group.add(this.#bar, this.#label);
    this.group.position.set(0, -modelRadius * 0.92, modelRadius * 0.5);
  }

  dispose(): void {
    this.#bar.geometry.dispose();
    this.#bar.material.dispose();
    disposeText(this.#label);
    this.group.removeFromParent();
  }
}
