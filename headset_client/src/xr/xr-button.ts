// A button in the headset: a plate with a word, large enough for a finger or an unsteady ray.
import { CanvasTexture, Group, LinearFilter, Mesh, MeshBasicMaterial, PlaneGeometry, SRGBColorSpace } from "three";
import { colours, FONT_FAMILY } from "../design/tokens";

const HEIGHT_PIXELS = 128;
/** Metres of panel a pixel, the same as the panel's. */
export const METRES_PER_PIXEL = 0.5 / 1024;
export const BUTTON_HEIGHT_M = HEIGHT_PIXELS * METRES_PER_PIXEL;

export class XrButton {
  readonly object = new Group();
  readonly mesh: Mesh<PlaneGeometry, MeshBasicMaterial>;
  readonly #context: CanvasRenderingContext2D;
  readonly #texture: CanvasTexture;
  #label: string;
  #hovered = false;
  #active = false;

  constructor(label: string, widthM: number, onPress: () => void) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(widthM / METRES_PER_PIXEL);
    canvas.height = HEIGHT_PIXELS;
    const context = canvas.getContext("2d");
    if (!context) throw new Error("no 2D canvas");
    this.#context = context;
    this.#label = label;
    this.#texture = new CanvasTexture(canvas);
    this.#texture.colorSpace = SRGBColorSpace;
    this.#texture.minFilter = LinearFilter;
    this.#texture.generateMipmaps = false;
    const material = new MeshBasicMaterial({ map: this.#texture, transparent: true, toneMapped: false });
    this.mesh = new Mesh(new PlaneGeometry(widthM, BUTTON_HEIGHT_M), material);
    this.mesh.renderOrder = 51;
    this.mesh.name = label;
    this.object.add(this.mesh);
    listen(this.mesh, "click", onPress);
    listen(this.mesh, "pointerenter", () => this.#setHovered(true));
    listen(this.mesh, "pointerleave", () => this.#setHovered(false));
    this.#paint();
  }

  set(label: string, active = false): void {
    if (label === this.#label && active === this.#active) return;
    this.#label = label;
    this.#active = active;
    this.mesh.name = label;
    this.#paint();
  }

  dispose(): void {
    this.mesh.geometry.dispose();
    this.#texture.dispose();
    this.mesh.material.dispose();
  }

  #setHovered(hovered: boolean): void {
    this.#hovered = hovered;
    this.#paint();
  }

  #paint(): void {
    const context = this.#context;
    const { width, height } = context.canvas;
    context.clearRect(0, 0, width, height);
    context.beginPath();
    context.roundRect(3, 3, width - 6, height - 6, 34);
    context.fillStyle = this.#active ? colours.accent : this.#hovered ? colours.lineStrong : colours.panelRaised;
    context.fill();
    context.strokeStyle = this.#hovered ? colours.accent : colours.lineStrong;
    context.lineWidth = this.#hovered ? 5 : 3;
    context.stroke();
    context.fillStyle = this.#active ? colours.accentInk : colours.text;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `600 52px ${FONT_FAMILY}`;
    context.fillText(this.#label, width / 2, height / 2 + 2, width - 40);
    this.#texture.needsUpdate = true;
  }
}

/** Pointer events reach objects as plain three.js events, whose names three's types do not list. */
function listen(mesh: Mesh, type: "click" | "pointerenter" | "pointerleave", run: () => void): void {
  (mesh as unknown as { addEventListener(type: string, run: () => void): void }).addEventListener(type, run);
}
