// The few numbers that matter most, at the other hand's wrist: what remains, what of it works, the least margin.
import { Vector3, type WebXRManager } from "three";
import { colours, FONT_FAMILY, marginLooks } from "../design/tokens";
import type { NumbersView } from "../panels/numbers-view";
import { strings } from "../strings";
import type { UiStore } from "../ui-state";
import { Board } from "./board";
import { handPose } from "./hand-pose";
import { placeOverWrist } from "./room";

/** 36 pixels are 12 mm: 1.5 degrees at the length of a forearm. */
const METRES_PER_PIXEL = 0.012 / 36;
const WIDTH = 560;
const HEIGHT = 340;
const EDGE = 30;

export class WristPanel {
  readonly #board = new Board(WIDTH, HEIGHT, METRES_PER_PIXEL);
  readonly #manager: WebXRManager;
  readonly #ui: UiStore;
  readonly #wrist = new Vector3();

  constructor(manager: WebXRManager, ui: UiStore) {
    this.#manager = manager;
    this.#ui = ui;
    this.#board.mesh.visible = false;
  }

  /** Metres. */
  get halfHeight(): number {
    return (HEIGHT * METRES_PER_PIXEL) / 2;
  }

  get mesh() {
    return this.#board.mesh;
  }

  paint(view: NumbersView | null): void {
    paintWrist(this.#board.context, view);
    this.#board.painted();
  }

  /** Once a frame. Shown while the other hand is tracked. */
  update(head: Parameters<typeof placeOverWrist>[2]): void {
    const other = this.#ui.getState().hand === "right" ? "left" : "right";
    const grip = handPose(this.#manager, other, "gripSpace");
    this.#board.mesh.visible = grip !== undefined;
    if (!grip) return;
    const { x, y, z } = grip.position;
    placeOverWrist(this.#board.mesh, this.#wrist.set(x, y, z), head);
  }

  dispose(): void {
    this.#board.dispose();
  }
}

function paintWrist(context: CanvasRenderingContext2D, view: NumbersView | null): void {
  context.clearRect(0, 0, WIDTH, HEIGHT);
  context.fillStyle = colours.panel;
  context.beginPath();
  context.roundRect(2, 2, WIDTH - 4, HEIGHT - 4, 34);
  context.fill();
  context.strokeStyle = colours.lineStrong;
  context.lineWidth = 3;
  context.stroke();
  context.textBaseline = "alphabetic";
  const write = (words: string, x: number, y: number, colour: string, size: number, weight: number) => {
    context.fillStyle = colour;
    context.font = `${weight} ${size}px ${FONT_FAMILY}`;
    context.textAlign = x < WIDTH - EDGE ? "left" : "right";
    context.fillText(words, x, y, WIDTH - 2 * EDGE);
  };
  if (!view) {
    write(strings.numbers.empty, EDGE, HEIGHT / 2 + 12, colours.textSoft, 40, 600);
    return;
  }
  context.globalAlpha = view.stale ? 0.55 : 1;
  const middle = WIDTH / 2 + 6;
  write(strings.numbers.flrShort, EDGE, 58, colours.textSoft, 36, 550);
  write(`${view.flr} %`, EDGE, 130, colours.text, 68, 650);
  if (view.hasTrees) {
    write(strings.numbers.byFunction, middle, 58, colours.textSoft, 36, 550);
    write(`${view.function?.percent ?? "–"} %`, middle, 130, view.function ? colours.text : colours.textFaint, 68, 650);
  }
  const worst = [...view.margins].sort((one, other) => one.leastMm - other.leastMm)[0];
  if (worst) {
    const look = marginLooks[worst.level];
    write(`${look.sign}  ${worst.title}`, EDGE, 204, look.colour, 38, 600);
    write(worst.value, WIDTH - EDGE, 204, look.colour, 38, 650);
  }
  write(strings.numbers.resected, EDGE, 264, colours.resected, 38, 600);
  write(view.resected, WIDTH - EDGE, 264, colours.text, 38, 650);
  context.globalAlpha = 1;
  write(strings.noticeShort, EDGE, 318, colours.textSoft, 36, 500);
}
