// The cut laid flat at the other hand's wrist: the working hand's ray reads it, and what that ray hits on the cut is marked.
import { type Camera, Mesh, MeshBasicMaterial, type Object3D, PlaneGeometry, Vector3 } from "three";
import { colours, FONT_FAMILY } from "../design/tokens";
import { drawMarks, laidOut, type SheetLook, sheetImage } from "../flat-cut/draw-sheet";
import { type FlatCut, wordsOf } from "../flat-cut/flat-cut";
import { placeOf, type Sheet } from "../flat-cut/sheet";
import { strings } from "../strings";
import type { UiStore } from "../ui-state";
import { Board } from "./board";

/** As on the wrist panel: 36 pixels are 1.5 degrees at the length of a forearm. */
const METRES_PER_PIXEL = 0.012 / 36;
const WIDTH = 660;
const PICTURE = { top: 74, height: 560 } as const;
const HEIGHT = PICTURE.top + PICTURE.height + 118;
const EDGE = 26;
const ABOVE_M = 0.012;

export class FlatCutBoard {
  readonly mesh: Mesh;
  readonly #board = new Board(WIDTH, HEIGHT, METRES_PER_PIXEL);
  readonly #plate = new Mesh(
    new PlaneGeometry(WIDTH * METRES_PER_PIXEL, HEIGHT * METRES_PER_PIXEL),
    new MeshBasicMaterial({ visible: false }),
  );
  readonly #flatCut: FlatCut;
  readonly #ui: UiStore;
  readonly #stop: readonly (() => void)[];
  readonly #hit = new Vector3();
  #drawn: { readonly sheet: Sheet; readonly look: SheetLook; readonly image: ImageBitmap | HTMLCanvasElement } | null =
    null;
  #dirty = true;
  #pointedAt = false;

  constructor(flatCut: FlatCut, ui: UiStore) {
    this.#flatCut = flatCut;
    this.#ui = ui;
    this.mesh = this.#board.mesh;
    this.mesh.visible = false;
    this.mesh.add(this.#plate);
    this.#plate.name = strings.flatCut.title;
    this.#plate.position.z = 0.002;
    listen(this.#plate, "pointermove", (event) => this.#point(event.point));
    listen(this.#plate, "pointerenter", () => {
      this.#pointedAt = true;
    });
    listen(this.#plate, "pointerleave", () => {
      this.#pointedAt = false;
      flatCut.point(null);
    });
    listen(this.#plate, "click", () => this.#nextWall());
    const changed = () => {
      this.#dirty = true;
    };
    this.#stop = [flatCut.state.subscribe(changed), ui.subscribe(changed)];
  }

  /** A ray is on the picture. */
  get isPointedAt(): boolean {
    return this.#pointedAt;
  }

  /** A place of the picture (0 to 1 from its top left) in the room; null while it is not shown. */
  placeInRoom(across: number, down: number): readonly [number, number, number] | null {
    if (!this.mesh.visible || !this.#drawn) return null;
    const x = EDGE + across * (WIDTH - 2 * EDGE) - WIDTH / 2;
    const y = HEIGHT / 2 - PICTURE.top - down * PICTURE.height;
    return this.mesh.localToWorld(new Vector3(x * METRES_PER_PIXEL, y * METRES_PER_PIXEL, 0)).toArray();
  }

  /** Once a frame, after the wrist panel found its place: the picture stands on it. */
  update(panel: Object3D, panelHalfHeight: number, _head: Camera): void {
    const shown = this.#ui.getState().flatCutOpen && panel.visible;
    if (this.mesh.visible !== shown) this.mesh.visible = shown;
    Object.assign(this.#plate, { pointerEvents: shown ? "auto" : "none" });
    if (!shown) {
      this.#pointedAt = false;
      return;
    }
    this.mesh.quaternion.copy(panel.quaternion);
    this.mesh.position
      .set(0, panelHalfHeight + ABOVE_M + (HEIGHT * METRES_PER_PIXEL) / 2, 0)
      .applyQuaternion(panel.quaternion)
      .add(panel.position);
    if (this.#dirty) this.#paint();
  }

  dispose(): void {
    for (const stop of this.#stop) stop();
    this.#plate.geometry.dispose();
    this.#plate.material.dispose();
    this.#board.dispose();
  }

  #point(point: Vector3): void {
    const drawn = this.#drawn;
    if (!drawn) return;
    this.mesh.worldToLocal(this.#hit.copy(point));
    const x = this.#hit.x / METRES_PER_PIXEL + WIDTH / 2 - EDGE;
    const y = HEIGHT / 2 - this.#hit.y / METRES_PER_PIXEL - PICTURE.top;
    const { row, column } = laidOut(drawn.sheet, drawn.look).pixel(x, y);
    this.#flatCut.point(placeOf(drawn.sheet, row, column));
  }

  #nextWall(): void {
    const { sheets, index } = this.#flatCut.state.getState();
    if (sheets && sheets.length > 1) this.#flatCut.look((index + 1) % sheets.length);
  }

  #paint(): void {
    this.#dirty = false;
    const { context } = this.#board;
    const { sheets, index, stale, failure, pointed } = this.#flatCut.state.getState();
    const sheet = this.#flatCut.sheet;
    context.clearRect(0, 0, WIDTH, HEIGHT);
    context.fillStyle = colours.panel;
    context.beginPath();
    context.roundRect(2, 2, WIDTH - 4, HEIGHT - 4, 34);
    context.fill();
    context.strokeStyle = colours.lineStrong;
    context.lineWidth = 3;
    context.stroke();
    const count = sheets?.length ?? 0;
    const title = count > 1 ? `${strings.flatCut.wall(index + 1, count)} ›` : strings.flatCut.title;
    write(context, stale && sheet ? strings.flatCut.stale : title, 52, colours.text, 650);
    if (sheet && !failure) this.#paintPicture(context, sheet, stale);
    else write(context, failure?.message ?? strings.flatCut.making, HEIGHT / 2, colours.textSoft, 600);
    const below = PICTURE.top + PICTURE.height + 48;
    write(context, pointed ? wordsOf(pointed) : strings.flatCut.wristHow, below, colours.text, 600);
    write(context, strings.noticeShort, below + 50, colours.textSoft, 500);
    this.#board.painted();
  }

  #paintPicture(context: CanvasRenderingContext2D, sheet: Sheet, stale: boolean): void {
    const { showCt: ct, showBands: bands } = this.#ui.getState();
    const known = this.#drawn;
    if (!known || known.sheet !== sheet || known.look.ct !== ct || known.look.bands !== bands) {
      const look = { width: WIDTH - 2 * EDGE, height: PICTURE.height, ratio: 1.4, ct, bands, letter: 26 };
      this.#drawn = { sheet, look, image: canvasOf(sheetImage(sheet, look)) };
    }
    const drawn = this.#drawn;
    if (!drawn) return;
    context.save();
    context.translate(EDGE, PICTURE.top);
    context.fillStyle = "#05090d";
    context.fillRect(0, 0, drawn.look.width, drawn.look.height);
    context.globalAlpha = stale ? 0.5 : 1;
    context.drawImage(drawn.image, 0, 0);
    const { pointed } = this.#flatCut.state.getState();
    drawMarks(context, sheet, drawn.look, {
      pointed: pointed?.place ?? null,
      litVessel: this.#flatCut.litVessel(sheet),
    });
    context.restore();
  }
}

function canvasOf(image: ImageData): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}

function write(context: CanvasRenderingContext2D, words: string, y: number, colour: string, weight: number): void {
  context.fillStyle = colour;
  context.textAlign = "left";
  context.textBaseline = "alphabetic";
  context.font = `${weight} 36px ${FONT_FAMILY}`;
  context.fillText(words, EDGE, y, WIDTH - 2 * EDGE);
}

type PointerType = "click" | "pointermove" | "pointerenter" | "pointerleave";

/** Pointer events reach objects as plain three.js events, whose names three's types do not list. */
function listen(mesh: Mesh, type: PointerType, run: (event: { readonly point: Vector3 }) => void): void {
  const target = mesh as unknown as {
    addEventListener(type: string, run: (event: { readonly point: Vector3 }) => void): void;
  };
  target.addEventListener(type, run);
}
