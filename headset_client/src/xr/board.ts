// A board in the headset: words and figures painted on a canvas, one draw call however much is on it.
import { CanvasTexture, LinearFilter, Mesh, MeshBasicMaterial, PlaneGeometry, SRGBColorSpace } from "three";

/** Boards are drawn after the model, seen through nothing. */
export const BOARD_ORDER = 50;

export class Board {
  readonly mesh: Mesh<PlaneGeometry, MeshBasicMaterial>;
  readonly context: CanvasRenderingContext2D;
  readonly #texture: CanvasTexture;

  constructor(widthPixels: number, heightPixels: number, metresPerPixel: number) {
    const canvas = document.createElement("canvas");
    canvas.width = widthPixels;
    canvas.height = heightPixels;
    const context = canvas.getContext("2d");
    if (!context) throw new Error("no 2D canvas");
    this.context = context;
    this.#texture = new CanvasTexture(canvas);
    this.#texture.colorSpace = SRGBColorSpace;
    this.#texture.minFilter = LinearFilter;
    this.#texture.generateMipmaps = false;
    this.mesh = new Mesh(
      new PlaneGeometry(widthPixels * metresPerPixel, heightPixels * metresPerPixel),
      new MeshBasicMaterial({ map: this.#texture, transparent: true, toneMapped: false }),
    );
    this.mesh.renderOrder = BOARD_ORDER;
    this.mesh.raycast = () => {};
  }

  /** What was painted is shown with the next frame. */
  painted(): void {
    this.#texture.needsUpdate = true;
  }

  dispose(): void {
    this.mesh.geometry.dispose();
    this.mesh.material.dispose();
    this.#texture.dispose();
    this.mesh.removeFromParent();
  }
}
