// The panel beside the model in a headset: the numbers, who is moving the plane, the notice, and the buttons.
import { CanvasTexture, Group, LinearFilter, Mesh, MeshBasicMaterial, PlaneGeometry, SRGBColorSpace } from "three";
import { PANEL_HEIGHT, PANEL_WIDTH, type PanelContent, paintPanel } from "./panel-painter";
import { BUTTON_HEIGHT_M, METRES_PER_PIXEL, XrButton } from "./xr-button";

const GAP_M = 0.012;
const WIDTH_M = PANEL_WIDTH * METRES_PER_PIXEL;
const HEIGHT_M = PANEL_HEIGHT * METRES_PER_PIXEL;

export interface ButtonSpec {
  readonly id: string;
  readonly label: () => string;
  readonly active?: () => boolean;
  readonly press: () => void;
}

export class XrPanel {
  readonly group = new Group();
  readonly #context: CanvasRenderingContext2D;
  readonly #texture: CanvasTexture;
  readonly #material: MeshBasicMaterial;
  readonly #buttons: readonly { spec: ButtonSpec; button: XrButton }[];

  constructor(rows: readonly (readonly ButtonSpec[])[]) {
    const canvas = document.createElement("canvas");
    canvas.width = PANEL_WIDTH;
    canvas.height = PANEL_HEIGHT;
    const context = canvas.getContext("2d");
    if (!context) throw new Error("no 2D canvas");
    this.#context = context;
    this.#texture = new CanvasTexture(canvas);
    this.#texture.colorSpace = SRGBColorSpace;
    this.#texture.minFilter = LinearFilter;
    this.#texture.generateMipmaps = false;
    this.#material = new MeshBasicMaterial({ map: this.#texture, transparent: true, toneMapped: false });
    const board = new Mesh(new PlaneGeometry(WIDTH_M, HEIGHT_M), this.#material);
    board.renderOrder = 50;
    board.position.y = (BUTTON_HEIGHT_M + GAP_M) * (rows.length / 2);
    this.group.add(board);
    this.#buttons = rows.flatMap((row, index) => this.#layRow(row, board.position.y - HEIGHT_M / 2, index));
  }

  paint(content: PanelContent): void {
    paintPanel(this.#context, content);
    this.#texture.needsUpdate = true;
    for (const { spec, button } of this.#buttons) button.set(spec.label(), spec.active?.() ?? false);
  }

  /** The button with this id, for tests that point at it. */
  button(id: string): Mesh | undefined {
    return this.#buttons.find(({ spec }) => spec.id === id)?.button.mesh;
  }

  dispose(): void {
    for (const { button } of this.#buttons) button.dispose();
    this.#texture.dispose();
    this.#material.dispose();
    this.group.removeFromParent();
  }

  #layRow(row: readonly ButtonSpec[], bottom: number, index: number): { spec: ButtonSpec; button: XrButton }[] {
    const width = (WIDTH_M - GAP_M * (row.length - 1)) / row.length;
    return row.map((spec, column) => {
      const button = new XrButton(spec.label(), width, spec.press);
      button.object.position.set(
        -WIDTH_M / 2 + width / 2 + column * (width + GAP_M),
        bottom - GAP_M - BUTTON_HEIGHT_M / 2 - index * (BUTTON_HEIGHT_M + GAP_M),
        0.004,
      );
      this.group.add(button.object);
      return { spec, button };
    });
  }
}
