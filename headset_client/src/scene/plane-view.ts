// A plane on screen.
import { Group, type Mesh, PlaneGeometry } from "three";
import { centredOn, poseFromResection, sheetHalfSize, sheetQuaternion } from "../geometry/plane-pose";
import type { ResectionState } from "../protocol";
import { CutFace, type CutView } from "./cut-face";
import type { CutUniforms } from "./cut-uniforms";
import type { CutVolumes } from "./cut-volumes";
import type { Organ } from "./resection-views";

const UNIT_SHEET = new PlaneGeometry(1, 1);

export class PlaneView implements CutView {
  readonly group = new Group();
  readonly pick: Mesh;
  readonly halfSize = { width: 0, height: 0 };
  readonly #cut: CutUniforms;
  readonly #organ: Organ;
  readonly #face: CutFace;

  constructor(cut: CutUniforms, volumes: CutVolumes, organ: Organ) {
    this.#cut = cut;
    this.#organ = organ;
    this.#face = new CutFace(UNIT_SHEET, cut, volumes, { curved: false, surround: "sheet" });
    this.pick = this.#face.surround as Mesh;
    this.group.add(this.#face.face, this.pick);
  }

  show(resection: ResectionState, index: number): void {
    if (resection.kind !== "plane") return;
    const pose = centredOn(poseFromResection(resection), this.#organ.centre);
    const { halfWidth, halfHeight } = sheetHalfSize(pose.normal, this.#organ.halfSize);
    this.halfSize.width = halfWidth;
    this.halfSize.height = halfHeight;
    this.group.position.copy(pose.point);
    sheetQuaternion(pose.normal, this.group.quaternion);
    for (const mesh of [this.#face.face, this.pick]) mesh.scale.set(2 * halfWidth, 2 * halfHeight, 1);
    this.#face.setHalfSize(halfWidth, halfHeight);
    this.#face.setIndex(index);
    this.#cut.setPlane(index, pose);
  }

  setTint(colour: string, emphasised: boolean): void {
    this.#face.setTint(colour, emphasised);
  }

  dispose(): void {
    this.#face.dispose();
    this.group.removeFromParent();
  }
}
