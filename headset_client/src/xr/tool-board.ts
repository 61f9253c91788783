// The board of tools in a headset: one picture of the page that is open, and invisible plates that pointers press.
import { Group, Mesh, MeshBasicMaterial, PlaneGeometry } from "three";
import { colours, FONT_FAMILY } from "../design/tokens";
import { Board } from "./board";
import { paintGrip } from "./board-grab";
import { type ButtonBox, layOut, PAGE, type ToolPage } from "./tool-page";

/** 54 pixels are 1.5 degrees at one metre. */
export const METRES_PER_PIXEL = 0.5 / 1024;
const TEXT = 54;
const PLATE = new PlaneGeometry(1, 1);
const UNSEEN = new MeshBasicMaterial({ visible: false });
/** Before the picture, so that a finger meets the plate first, metres. */
const PLATE_DEPTH_M = 0.004;

interface Plate {
  readonly mesh: Mesh;
  box: ButtonBox | null;
}

export class ToolBoard {
  readonly group = new Group();
  readonly halfHeight = (PAGE.height * METRES_PER_PIXEL) / 2;
  readonly #board = new Board(PAGE.width, PAGE.height, METRES_PER_PIXEL);
  readonly #page: () => ToolPage;
  readonly #plates: Plate[] = [];
  #shown: ToolPage | null = null;
  #hovered: string | null = null;

  constructor(page: () => ToolPage) {
    this.#page = page;
    this.group.add(this.#board.mesh);
    this.refresh();
  }

  /** A pointer is on a button. */
  get isPointedAt(): boolean {
    return this.#hovered !== null;
  }

  /** Takes the page as it is now over; paints only what is new. */
  refresh(): void {
    const page = this.#page();
    const known = this.#shown;
    this.#shown = page;
    if (known && isSamePicture(known, page)) {
      this.#lay(page);
      return;
    }
    this.#lay(page);
    this.#paint();
  }

  /** The plate of the button with this id, for tests that point at it. */
  button(id: string): Mesh | undefined {
    return this.#plates.find(({ box }) => box?.spec.id === id)?.mesh;
  }

  dispose(): void {
    this.#board.dispose();
    this.group.removeFromParent();
  }

  #lay(page: ToolPage): void {
    const boxes = layOut(page.rows);
    while (this.#plates.length < boxes.length) this.#addPlate();
    this.#plates.forEach((plate, index) => {
      plate.box = boxes[index] ?? null;
      const active = plate.box !== null && plate.box.spec.press !== null && plate.box.spec.enabled !== false;
      Object.assign(plate.mesh, { pointerEvents: active ? "auto" : "none" });
      if (!plate.box) return;
      const { x, y, width, height, spec } = plate.box;
      plate.mesh.name = spec.label;
      plate.mesh.position.set(
        (x + width / 2 - PAGE.width / 2) * METRES_PER_PIXEL,
        (PAGE.height / 2 - y - height / 2) * METRES_PER_PIXEL,
        PLATE_DEPTH_M,
      );
      plate.mesh.scale.set(width * METRES_PER_PIXEL, height * METRES_PER_PIXEL, 1);
    });
    if (this.#hovered !== null && !boxes.some(({ spec }) => spec.id === this.#hovered)) this.#hovered = null;
  }

  #addPlate(): void {
    const plate: Plate = { mesh: new Mesh(PLATE, UNSEEN), box: null };
    listen(plate.mesh, "click", () => plate.box?.spec.press?.());
    listen(plate.mesh, "pointerdown", () => plate.box?.spec.hold?.(true));
    for (const end of ["pointerup", "pointercancel"] as const) {
      listen(plate.mesh, end, () => plate.box?.spec.hold?.(false));
    }
    listen(plate.mesh, "pointerenter", () => this.#hover(plate, true));
    listen(plate.mesh, "pointerleave", () => this.#hover(plate, false));
    this.#plates.push(plate);
    this.group.add(plate.mesh);
  }

  #hover(plate: Plate, on: boolean): void {
    const spec = plate.box?.spec;
    if (!spec) return;
    if (on) this.#hovered = spec.id;
    else if (this.#hovered === spec.id) this.#hovered = null;
    spec.hover?.(on);
    if (!on) spec.hold?.(false);
    this.#paint();
  }

  #paint(): void {
    if (!this.#shown) return;
    paintPage(this.#board.context, this.#shown, layOut(this.#shown.rows), this.#hovered);
    this.#board.painted();
  }
}

function isSamePicture(one: ToolPage, other: ToolPage): boolean {
  const picture = ({ title, rows, note }: ToolPage) =>
    JSON.stringify([title, note, rows.map((row) => row.map((b) => [b.id, b.label, b.value, b.active, b.enabled]))]);
  return picture(one) === picture(other);
}

function paintPage(
  context: CanvasRenderingContext2D,
  page: ToolPage,
  boxes: readonly ButtonBox[],
  hovered: string | null,
): void {
  context.clearRect(0, 0, PAGE.width, PAGE.height);
  context.fillStyle = colours.panel;
  roundRect(context, 0, 0, PAGE.width, PAGE.height, 44);
  context.fill();
  context.strokeStyle = colours.lineStrong;
  context.lineWidth = 3;
  context.stroke();
  paintGrip(context, PAGE.width);
  context.textBaseline = "middle";
  write(context, page.title, PAGE.edge + 20, 74, PAGE.width - 2 * PAGE.edge - 40, "left", colours.text, 650);
  for (const box of boxes) paintButton(context, box, box.spec.id === hovered);
  const last = boxes[boxes.length - 1];
  const below = (last ? last.y + last.height : PAGE.top) + 64;
  page.note.forEach((line, index) => {
    const colour = index === 0 ? colours.accent : colours.textSoft;
    write(context, line, PAGE.edge + 20, below + 70 * index, PAGE.width - 2 * PAGE.edge - 40, "left", colour, 600);
  });
}

function paintButton(context: CanvasRenderingContext2D, box: ButtonBox, hovered: boolean): void {
  const { spec, x, y, width, height } = box;
  const enabled = spec.enabled !== false;
  const active = spec.active === true;
  const middle = y + height / 2 + 3;
  if (spec.press === null) {
    write(context, spec.label, x + width / 2, middle, width, "center", colours.text, 650);
    return;
  }
  roundRect(context, x + 2, y + 2, width - 4, height - 4, 30);
  context.fillStyle = active ? colours.accent : hovered ? colours.line : colours.panelRaised;
  if (enabled) context.fill();
  context.strokeStyle = hovered ? colours.accent : colours.lineStrong;
  context.lineWidth = hovered ? 6 : 3;
  context.stroke();
  const colour = active ? colours.accentInk : enabled ? colours.text : colours.textFaint;
  if (spec.value === undefined) {
    write(context, spec.label, x + width / 2, middle, width - 36, "center", colour, 600);
    return;
  }
  const side = 28;
  context.font = `600 ${TEXT}px ${FONT_FAMILY}`;
  const room = width - 3 * side - context.measureText(spec.value).width;
  write(context, spec.label, x + side, middle, room, "left", colour, 550);
  write(context, spec.value, x + width - side, middle, width, "right", colour, 650);
}

/** In one size; words that do not fit end in an ellipsis, never squeezed. */
function write(
  context: CanvasRenderingContext2D,
  words: string,
  x: number,
  y: number,
  room: number,
  align: CanvasTextAlign,
  colour: string,
  weight: number,
): void {
  context.font = `${weight} ${TEXT}px ${FONT_FAMILY}`;
  context.textAlign = align;
  context.fillStyle = colour;
  context.fillText(fitted(context, words, room), x, y);
}

function fitted(context: CanvasRenderingContext2D, words: string, room: number): string {
  if (context.measureText(words).width <= room) return words;
  let kept = words.length;
  while (kept > 1 && context.measureText(`${words.slice(0, kept)}…`).width > room) kept -= 1;
  return `${words.slice(0, kept).trimEnd()}…`;
}

function roundRect(context: CanvasRenderingContext2D, x: number, y: number, w: number, h: number, r: number): void {
  context.beginPath();
  context.roundRect(x, y, w, h, r);
}

type PointerEventKind = "click" | "pointerenter" | "pointerleave" | "pointerdown" | "pointerup" | "pointercancel";

/** Pointer events reach objects as plain three.js events, whose names three's types do not list. */
function listen(mesh: Mesh, type: PointerEventKind, run: () => void): void {
  (mesh as unknown as { addEventListener(type: string, run: () => void): void }).addEventListener(type, run);
}
