// A wedge on screen: a spheroid or a cone, its wall inside the liver as the cut face.
import {
  type BufferGeometry,
  CircleGeometry,
  CylinderGeometry,
  Group,
  type Mesh,
  SphereGeometry,
  Vector3,
} from "three";
import { mergeGeometries } from "three/addons/utils/BufferGeometryUtils.js";
import { MM_PER_METRE } from "../geometry/patient-frame";
import { sheetQuaternion } from "../geometry/plane-pose";
import { coneRimMm, wedgePose } from "../geometry/wedge-pose";
import type { ResectionState, WedgeShape } from "../protocol";
import { CutFace, type CutView } from "./cut-face";
import type { CutUniforms } from "./cut-uniforms";
import type { CutVolumes } from "./cut-volumes";

/** Radius one, axis along +Z. */
const BALL = new SphereGeometry(1, 64, 40).rotateX(Math.PI / 2);
/** Apex at the origin, opening to a base of radius one at z = 1. */
const CONE = mergeGeometries([
  new CylinderGeometry(1, 0, 1, 72, 16, true).rotateX(Math.PI / 2).translate(0, 0, 0.5),
  new CircleGeometry(1, 72).translate(0, 0, 1),
]) as BufferGeometry;

export class WedgeView implements CutView {
  readonly group = new Group();
  readonly pick: Mesh;
  readonly halfSize = { width: 0, height: 0 };
  readonly shape: WedgeShape["shape"];
  readonly #cut: CutUniforms;
  readonly #face: CutFace;
  readonly #normal = new Vector3();

  constructor(shape: WedgeShape["shape"], cut: CutUniforms, volumes: CutVolumes) {
    this.shape = shape;
    this.#cut = cut;
    this.#face = new CutFace(shape === "cone" ? CONE : BALL, cut, volumes, { curved: true, surround: "shell" });
    this.pick = this.#face.surround as Mesh;
    this.group.add(this.#face.face, this.pick);
  }

  show(resection: ResectionState, index: number): void {
    if (resection.kind !== "wedge") return;
    const { geometry } = resection;
    const { point, axis } = wedgePose(geometry);
    this.group.position.copy(point);
    sheetQuaternion(this.#normal.copy(axis), this.group.quaternion);
    const across = (geometry.shape === "cone" ? coneRimMm(geometry) : geometry.radius_across_mm) / MM_PER_METRE;
    const along = (geometry.shape === "cone" ? geometry.depth_mm : geometry.radius_along_mm) / MM_PER_METRE;
    this.halfSize.width = across;
    this.halfSize.height = along;
    for (const mesh of [this.#face.face, this.pick]) mesh.scale.set(across, across, along);
    this.#face.setIndex(index);
    this.#cut.setWedge(index, geometry);
  }

  setTint(colour: string, emphasised: boolean): void {
    this.#face.setTint(colour, emphasised);
  }

  dispose(): void {
    this.#face.dispose();
    this.group.removeFromParent();
  }
}
