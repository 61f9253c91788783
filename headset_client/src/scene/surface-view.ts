// A curved surface on screen: a mesh over the samples of its height field, and a coarse one for pointers.
import { BufferAttribute, BufferGeometry, Group, Matrix4, Mesh, MeshBasicMaterial, Sphere } from "three";
import { CONTROL_POINTS } from "../geometry/bezier";
import { FIELD_SIZE, HeightField } from "../geometry/height-field";
import { netFromResection } from "../geometry/surface-pose";
import type { ResectionState } from "../protocol";
import { CutFace, type CutView } from "./cut-face";
import type { CutUniforms } from "./cut-uniforms";
import type { CutVolumes } from "./cut-volumes";
import type { Organ } from "./resection-views";

const PICK_SIZE = 16;
/** Around the organ's box, metres. */
const ROOM_M = 0.012;

export class SurfaceView implements CutView {
  readonly group = new Group();
  readonly pick: Mesh<BufferGeometry>;
  readonly halfSize = { width: 0, height: 0 };
  /** The surface as it is drawn. */
  readonly field = new HeightField();
  readonly #net = new Float64Array(3 * CONTROL_POINTS);
  readonly #cut: CutUniforms;
  readonly #organ: Organ;
  readonly #face: CutFace;
  readonly #geometry = gridGeometry(FIELD_SIZE);
  readonly #basis = new Matrix4();

  constructor(cut: CutUniforms, volumes: CutVolumes, organ: Organ) {
    this.#cut = cut;
    this.#organ = organ;
    this.#face = new CutFace(this.#geometry, cut, volumes, { curved: true, surround: "sheet" });
    this.pick = new Mesh(gridGeometry(PICK_SIZE), new MeshBasicMaterial({ visible: false }));
    for (const mesh of [this.#face.face, this.#face.surround]) if (mesh) this.group.add(mesh);
    this.group.add(this.pick);
  }

  show(resection: ResectionState, index: number): void {
    if (resection.kind !== "surface") return;
    const { field } = this;
    field.fill(netFromResection(resection, this.#net), this.#organ.centre, this.#organ.halfSize, ROOM_M);
    const { origin, x, y, normal } = field.frame;
    this.halfSize.width = field.halfX;
    this.halfSize.height = field.halfY;
    this.group.quaternion.setFromRotationMatrix(this.#basis.makeBasis(x, y, normal));
    const height = field.heightAt(field.centreX, field.centreY);
    this.group.position
      .copy(origin)
      .addScaledVector(x, field.centreX)
      .addScaledVector(y, field.centreY)
      .addScaledVector(normal, height);
    this.#raise(this.#geometry, FIELD_SIZE, height);
    this.#raise(this.pick.geometry, PICK_SIZE, height);
    this.#face.setHalfSize(field.halfX, field.halfY);
    this.#face.setIndex(index);
    this.#cut.setSurface(index, field);
  }

  setTint(colour: string, emphasised: boolean): void {
    this.#face.setTint(colour, emphasised);
  }

  dispose(): void {
    this.#face.dispose();
    this.#geometry.dispose();
    this.pick.geometry.dispose();
    this.group.removeFromParent();
  }

  /** Lays a grid over the surface; heights count from the middle of the sheet, where the group is. */
  #raise(geometry: BufferGeometry, size: number, middle: number): void {
    const { field } = this;
    const position = geometry.getAttribute("position") as BufferAttribute;
    const points = position.array as Float32Array;
    let lowest = 0;
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const at = 3 * (row * size + column);
        const x = ((2 * column) / (size - 1) - 1) * field.halfX;
        const y = ((2 * row) / (size - 1) - 1) * field.halfY;
        const z = field.heightAt(field.centreX + x, field.centreY + y) - middle;
        points[at] = x;
        points[at + 1] = y;
        points[at + 2] = z;
        lowest = Math.max(lowest, Math.abs(z));
      }
    }
    position.needsUpdate = true;
    geometry.boundingSphere ??= new Sphere();
    geometry.boundingSphere.center.set(0, 0, 0);
    geometry.boundingSphere.radius = Math.hypot(field.halfX, field.halfY, lowest);
  }
}

function gridGeometry(size: number): BufferGeometry {
  const uv = new Float32Array(2 * size * size);
  const index = new Uint16Array(6 * (size - 1) * (size - 1));
  let next = 0;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const at = row * size + column;
      uv[2 * at] = column / (size - 1);
      uv[2 * at + 1] = row / (size - 1);
      if (row + 1 === size || column + 1 === size) continue;
      for (const corner of [at, at + 1, at + size + 1, at, at + size + 1, at + size]) index[next++] = corner;
    }
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(new Float32Array(3 * size * size), 3));
  geometry.setAttribute("uv", new BufferAttribute(uv, 2));
  geometry.setIndex(new BufferAttribute(index, 1));
  return geometry;
}
