// The panel beside the model in a headset: the numbers, who is moving a cut, the notice, and pages of buttons.
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

export type ButtonRows = readonly (readonly ButtonSpec[])[];

interface PageButton {
  readonly spec: ButtonSpec;
  readonly button: XrButton;
}

interface Page {
  readonly group: Group;
  readonly buttons: readonly PageButton[];
}

export class XrPanel {
  readonly group = new Group();
  readonly halfHeight: number;
  readonly #context: CanvasRenderingContext2D;
  readonly #texture: CanvasTexture;
  readonly #material: MeshBasicMaterial;
  readonly #pages: ReadonlyMap<string, Page>;

  /** The first page is shown to begin with. */
  constructor(pages: Readonly<Record<string, ButtonRows>>) {
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
    const most = Math.max(...Object.values(pages).map((rows) => rows.length));
    this.halfHeight = (HEIGHT_M + most * (BUTTON_HEIGHT_M + GAP_M)) / 2;
    board.position.y = (BUTTON_HEIGHT_M + GAP_M) * (most / 2);
    this.group.add(board);
    const bottom = board.position.y - HEIGHT_M / 2;
    this.#pages = new Map(Object.entries(pages).map(([name, rows]) => [name, this.#layPage(rows, bottom)]));
    this.show(Object.keys(pages)[0] ?? "");
  }

  /** Shows one page of buttons; those of the others cannot be pressed. */
  show(page: string): void {
    for (const [name, { group }] of this.#pages) {
      group.visible = name === page;
      group.traverse((object) => Object.assign(object, { pointerEvents: name === page ? "auto" : "none" }));
    }
  }

  paint(content: PanelContent): void {
    paintPanel(this.#context, content);
    this.#texture.needsUpdate = true;
    for (const { spec, button } of this.#all()) button.set(spec.label(), spec.active?.() ?? false);
  }

  /** The button with this id, for tests that point at it. */
  button(id: string): Mesh | undefined {
    return this.#all().find(({ spec }) => spec.id === id)?.button.mesh;
  }

  dispose(): void {
    for (const { button } of this.#all()) button.dispose();
    this.#texture.dispose();
    this.#material.dispose();
    this.group.removeFromParent();
  }

  #all(): readonly PageButton[] {
    return [...this.#pages.values()].flatMap((page) => page.buttons);
  }

  #layPage(rows: ButtonRows, bottom: number): Page {
    const group = new Group();
    this.group.add(group);
    return { group, buttons: rows.flatMap((row, index) => layRow(group, row, bottom, index)) };
  }
}

function layRow(page: Group, row: readonly ButtonSpec[], bottom: number, index: number): PageButton[] {
  const width = (WIDTH_M - GAP_M * (row.length - 1)) / row.length;
  return row.map((spec, column) => {
    const button = new XrButton(spec.label(), width, spec.press);
    button.object.position.set(
      -WIDTH_M / 2 + width / 2 + column * (width + GAP_M),
      bottom - GAP_M - BUTTON_HEIGHT_M / 2 - index * (BUTTON_HEIGHT_M + GAP_M),
      0.004,
    );
    page.add(button.object);
    return { spec, button };
  });
}
