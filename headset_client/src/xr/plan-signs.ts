// Over each of two livers that stand next to each other: the plan's name and the numbers that matter most.
import type { Camera } from "three";
import { colours, FONT_FAMILY, marginLevel, marginLooks } from "../design/tokens";
import type { PlanBeside } from "../session/side-by-side";
import { formatMl, formatMm, formatPercent, strings } from "../strings";
import { Board } from "./board";
import { faceTowards } from "./room";
import { METRES_PER_PIXEL } from "./tool-board";

const WIDTH = 900;
const HEIGHT = 470;
const EDGE = 40;
/** Of the room. */
export const SIGN_WIDTH_M = WIDTH * METRES_PER_PIXEL;
const TEXT = 54;

export class PlanSign {
  readonly #board = new Board(WIDTH, HEIGHT, METRES_PER_PIXEL);
  #shown: PlanBeside | null = null;

  constructor() {
    this.#board.mesh.visible = false;
  }

  get mesh() {
    return this.#board.mesh;
  }

  /** Null takes it down. */
  show(plan: PlanBeside | null, isWorkedOn: boolean): void {
    this.#board.mesh.visible = plan !== null;
    if (!plan || (this.#shown?.key === plan.key && this.#shown.headlines === plan.headlines)) return;
    this.#shown = plan;
    paintSign(this.#board.context, plan, isWorkedOn);
    this.#board.painted();
  }

  /** Forget what was painted: another plan is worked on. */
  forget(): void {
    this.#shown = null;
  }

  place(x: number, y: number, z: number, head: Camera): void {
    this.#board.mesh.position.set(x, y + (HEIGHT * METRES_PER_PIXEL) / 2, z);
    faceTowards(this.#board.mesh, head);
  }

  dispose(): void {
    this.#board.dispose();
  }
}

function paintSign(context: CanvasRenderingContext2D, plan: PlanBeside, isWorkedOn: boolean): void {
  context.clearRect(0, 0, WIDTH, HEIGHT);
  context.fillStyle = colours.panel;
  context.beginPath();
  context.roundRect(3, 3, WIDTH - 6, HEIGHT - 6, 36);
  context.fill();
  context.strokeStyle = isWorkedOn ? colours.accent : colours.lineStrong;
  context.lineWidth = isWorkedOn ? 6 : 3;
  context.stroke();
  const write = (words: string, x: number, y: number, colour: string, weight = 600) => {
    context.font = `${weight} ${TEXT}px ${FONT_FAMILY}`;
    context.fillStyle = colour;
    context.textAlign = x > WIDTH / 2 ? "right" : "left";
    context.fillText(words, x, y, WIDTH - 2 * EDGE);
  };
  write(plan.name, EDGE, 76, isWorkedOn ? colours.accent : colours.text, 650);
  const { headlines } = plan;
  if (!headlines) write(strings.sideBySide.counting, EDGE, 180, colours.textSoft);
  else {
    const percent = (value: number | null) => (value === null ? "–" : `${formatPercent(value)} %`);
    const look = marginLooks[marginLevel(headlines.least_margin_mm, "remnant")];
    const margin = headlines.least_margin_mm === null ? "–" : `${look.sign} ${formatMm(headlines.least_margin_mm)}`;
    const resected = headlines.resected_ml === null ? "–" : formatMl(headlines.resected_ml);
    const rows = [
      [strings.numbers.flrShort, percent(headlines.flr_percent), colours.text],
      [strings.numbers.functional, percent(headlines.functional_flr_percent), colours.text],
      [strings.numbers.resected, resected, colours.resected],
      [strings.sideBySide.margin, margin, look.colour],
    ] as const;
    rows.forEach(([title, value, colour], index) => {
      const y = 158 + 68 * index;
      write(title, EDGE, y, colours.textSoft, 500);
      write(value, WIDTH - EDGE, y, colour, 650);
    });
  }
  write(strings.noticeShort, EDGE, HEIGHT - 28, colours.textSoft, 500);
}
