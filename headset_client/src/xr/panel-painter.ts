// Draws the numbers for the headset on a canvas in our own font. Sizes: 54 px of the panel are 1.5 degrees at 1 m.
import { colours, FONT_FAMILY, marginLooks } from "../design/tokens";
import type { NumbersView } from "../panels/numbers-view";
import { strings } from "../strings";

export const PANEL_WIDTH = 1024;
export const PANEL_HEIGHT = 1180;
const TEXT = 54;
const EDGE = 56;
const MOST_MARGINS = 4;

export interface PanelContent {
  readonly numbers: NumbersView | null;
  /** "Anna is moving the plane", or the connection where it is lost. */
  readonly message: string | null;
}

export function paintPanel(context: CanvasRenderingContext2D, content: PanelContent): void {
  context.clearRect(0, 0, PANEL_WIDTH, PANEL_HEIGHT);
  context.fillStyle = colours.panel;
  context.beginPath();
  context.roundRect(0, 0, PANEL_WIDTH, PANEL_HEIGHT, 44);
  context.fill();
  context.strokeStyle = colours.lineStrong;
  context.lineWidth = 3;
  context.stroke();
  const pen = new Pen(context);
  if (content.numbers) paintNumbers(pen, content.numbers);
  else pen.paragraph(strings.numbers.empty, colours.textSoft, 100);
  const { message } = content;
  if (message) pen.text(message, EDGE, PANEL_HEIGHT - 112, colours.accent, 46);
  pen.text(strings.notice, EDGE, PANEL_HEIGHT - 42, colours.textSoft, 46);
}

function paintNumbers(pen: Pen, view: NumbersView): void {
  pen.alpha(view.stale ? 0.5 : 1);
  pen.text(strings.numbers.flr, EDGE, 96, colours.textSoft, TEXT);
  pen.text(`${view.flr} %`, EDGE, 262, colours.text, 164, 650);
  pen.text(view.denominator, EDGE, 336, colours.textSoft, 44);
  bar(pen, view.remnantFraction, 372);
  const middle = PANEL_WIDTH / 2 + 12;
  pen.text(strings.numbers.remnant, EDGE, 474, colours.remnant, TEXT, 600);
  pen.text(strings.numbers.resected, middle, 474, colours.resected, TEXT, 600);
  pen.text(view.remnant, EDGE, 548, colours.text, 66, 600);
  pen.text(view.resected, middle, 548, colours.text, 66, 600);
  pen.rule(592);
  let y = 668;
  if (view.margins.length === 0) pen.text(strings.numbers.noTumours, EDGE, y, colours.textSoft, TEXT);
  for (const margin of view.margins.slice(0, MOST_MARGINS)) {
    const look = marginLooks[margin.level];
    pen.text(look.sign, EDGE, y, look.colour, TEXT, 700);
    pen.text(margin.title, EDGE + 74, y, colours.text, TEXT);
    pen.textRight(margin.value, PANEL_WIDTH - EDGE, y, look.colour, TEXT, 650);
    y += 78;
  }
  pen.alpha(1);
}

function bar(pen: Pen, fraction: number, y: number): void {
  const width = PANEL_WIDTH - 2 * EDGE;
  pen.box(EDGE, y, width, 30, colours.resected);
  if (fraction > 0) pen.box(EDGE, y, Math.max(30, width * fraction), 30, colours.remnant);
}

class Pen {
  readonly #context: CanvasRenderingContext2D;

  constructor(context: CanvasRenderingContext2D) {
    this.#context = context;
    context.textBaseline = "alphabetic";
  }

  alpha(value: number): void {
    this.#context.globalAlpha = value;
  }

  text(words: string, x: number, y: number, colour: string, size: number, weight = 500): void {
    this.#write(words, x, y, colour, size, weight, "left");
  }

  textRight(words: string, x: number, y: number, colour: string, size: number, weight = 500): void {
    this.#write(words, x, y, colour, size, weight, "right");
  }

  paragraph(words: string, colour: string, y: number): void {
    this.text(words, EDGE, y, colour, TEXT);
  }

  rule(y: number): void {
    this.#context.fillStyle = colours.line;
    this.#context.fillRect(EDGE, y, PANEL_WIDTH - 2 * EDGE, 3);
  }

  box(x: number, y: number, width: number, height: number, colour: string): void {
    this.#context.fillStyle = colour;
    this.#context.beginPath();
    this.#context.roundRect(x, y, width, height, height / 2);
    this.#context.fill();
  }

  #write(
    words: string,
    x: number,
    y: number,
    colour: string,
    size: number,
    weight: number,
    align: CanvasTextAlign,
  ): void {
    const context = this.#context;
    context.fillStyle = colour;
    context.textAlign = align;
    context.font = `${weight} ${size}px ${FONT_FAMILY}`;
    context.fillText(words, x, y, PANEL_WIDTH - EDGE - (align === "left" ? x : EDGE));
  }
}
