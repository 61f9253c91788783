// The free slice on screen: one large quad in the patient's frame; what lies outside the CT is not drawn.
import { Color, DoubleSide, Group, Mesh, PlaneGeometry, ShaderMaterial, Vector3 } from "three";
import { bandColours, colours } from "../design/tokens";
import { gltfDirectionFromLps, gltfFromLps, MM_PER_METRE } from "../geometry/patient-frame";
import { type CtBox, type CtSlice, middleOf } from "../geometry/slice-pose";
import { FACE_VERTEX, SLICE_FRAGMENT } from "./cut-shaders";
import type { CutUniforms } from "./cut-uniforms";
import type { CutVolumes } from "./cut-volumes";
import { DRAW_ORDER } from "./structure-view";

const FORWARD = new Vector3(0, 0, 1);

export class SliceView {
  readonly group = new Group();
  readonly #mesh: Mesh;
  readonly #material: ShaderMaterial;
  readonly #normal = new Vector3();
  readonly #point = new Vector3();
  readonly #middle = new Vector3();

  constructor(cut: CutUniforms, volumes: CutVolumes) {
    this.#material = new ShaderMaterial({
      uniforms: {
        ...cut.uniforms,
        ...volumes.uniforms,
        uSelf: { value: -1 },
        uOutline: { value: new Color("#fff1d6") },
        uCutLine: { value: new Color(colours.accent) },
        uBandTumour: { value: new Color(bandColours.tumour) },
      },
      vertexShader: FACE_VERTEX,
      fragmentShader: SLICE_FRAGMENT,
      side: DoubleSide,
    });
    this.#mesh = new Mesh(new PlaneGeometry(1, 1), this.#material);
    this.#mesh.renderOrder = DRAW_ORDER.cutFace;
    this.#mesh.frustumCulled = false;
    this.group.add(this.#mesh);
    this.group.visible = false;
  }

  /** The quad is as long as the box's diagonal and lies about the box's middle, so that it spans the CT at any angle. */
  show(slice: CtSlice | null, box: CtBox | null): void {
    this.group.visible = slice !== null && box !== null;
    if (!slice || !box) return;
    const normal = gltfDirectionFromLps(slice.normalLps, this.#normal).normalize();
    const point = gltfFromLps(slice.pointLpsMm, this.#point);
    const middle = gltfFromLps(middleOf(box), this.#middle);
    const [corner] = box.cornersLpsMm;
    const size = corner ? 2 * gltfFromLps(corner).distanceTo(middle) : 500 / MM_PER_METRE;
    const away = point.sub(middle).dot(normal);
    this.#mesh.position.copy(middle).addScaledVector(normal, away);
    this.#mesh.quaternion.setFromUnitVectors(FORWARD, normal);
    this.#mesh.scale.setScalar(size);
  }

  dispose(): void {
    this.#mesh.geometry.dispose();
    this.#material.dispose();
  }
}
