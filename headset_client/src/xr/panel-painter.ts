// Draws the numbers for the headset on a canvas in our own font. Sizes: 54 px of the panel are 1.5 degrees at 1 m.

import { colours, FONT_FAMILY, lossColours, marginLooks } from "../design/tokens";
import type { NumbersView } from "../panels/numbers-view";
import { formatMm, strings } from "../strings";
import { paintGrip } from "./board-grab";

export const PANEL_WIDTH = 1024;
export const PANEL_HEIGHT = 1290;
const TEXT = 54;
const EDGE = 56;
const MOST_MARGINS = 3;

export interface PanelContent {
  readonly numbers: NumbersView | null;
  /** "Anna is moving a cut", why there are no numbers, or the connection where it is lost. */
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
  paintGrip(context, PANEL_WIDTH);
  const { message } = content;
  if (message) pen.text(message, EDGE, PANEL_HEIGHT - 112, colours.accent, 46);
  pen.text(strings.notice, EDGE, PANEL_HEIGHT - 42, colours.textSoft, 46);
}

function paintNumbers(pen: Pen, view: NumbersView): void {
  const middle = PANEL_WIDTH / 2 + 12;
  pen.alpha(view.stale ? 0.5 : 1);
  pen.text(strings.numbers.flrShort, EDGE, 90, colours.textSoft, TEXT);
  pen.text(`${view.flr} %`, EDGE, 222, colours.text, 128, 650);
  pen.text(view.denominator, EDGE, 292, colours.textSoft, 44);
  if (view.hasTrees) {
    const answer = view.function;
    pen.text(strings.numbers.functional, middle, 90, colours.textSoft, TEXT);
    pen.text(`${answer?.percent ?? "–"} %`, middle, 222, answer ? colours.text : colours.textFaint, 128, 650);
  }
  bar(pen, view, 322);
  pen.text(strings.numbers.remnant, EDGE, 420, colours.remnant, TEXT, 600);
  pen.text(strings.numbers.resected, middle, 420, colours.resected, TEXT, 600);
  pen.text(view.remnant, EDGE, 490, colours.text, 64, 600);
  pen.text(view.resected, middle, 490, colours.text, 64, 600);
  let y = 566;
  if (view.hasTrees) y = paintLosses(pen, view, y);
  pen.rule(y - 36);
  y = paintMargins(pen, view, y + 40);
  pen.rule(y - 44);
  paintVessels(pen, view, y + 30);
  pen.alpha(1);
}

function paintLosses(pen: Pen, view: NumbersView, top: number): number {
  const rows = view.function?.losses ?? [
    { kind: "supply" as const, title: strings.numbers.devascularised, value: "–" },
    { kind: "drainage" as const, title: strings.numbers.congested, value: "–" },
  ];
  let y = top;
  for (const { kind, title, value } of rows) {
    pen.swatch(kind, EDGE, y - 40, 44);
    pen.text(title, EDGE + 74, y, colours.textSoft, TEXT);
    pen.textRight(value, PANEL_WIDTH - EDGE, y, view.function ? colours.text : colours.textFaint, TEXT, 600);
    y += 68;
  }
  return y;
}

/** The tumours whose margin is least come first: there may be more than fit. */
function paintMargins(pen: Pen, view: NumbersView, top: number): number {
  let y = top;
  if (view.margins.length === 0) {
    pen.text(strings.numbers.noTumours, EDGE, y, colours.textSoft, TEXT);
    return y + 78;
  }
  const ranked = [...view.margins].sort((a, b) => a.leastMm - b.leastMm);
  for (const margin of ranked.slice(0, MOST_MARGINS)) {
    const look = marginLooks[margin.level];
    pen.text(look.sign, EDGE, y, look.colour, TEXT, 700);
    pen.text(margin.title, EDGE + 74, y, colours.text, TEXT);
    pen.textRight(margin.value, PANEL_WIDTH - EDGE, y, look.colour, TEXT, 650);
    y += 74;
  }
  return y;
}

function paintVessels(pen: Pen, view: NumbersView, y: number): void {
  const { cutBranches } = view;
  const counted = cutBranches === null ? "–" : String(cutBranches.length);
  pen.text(strings.numbers.vessels, EDGE, y, colours.textSoft, TEXT);
  const widest = cutBranches?.[0];
  const words = widest ? `${counted} · ${strings.numbers.widest(formatMm(widest.calibre_mm))}` : counted;
  pen.textRight(words, PANEL_WIDTH - EDGE, y, cutBranches === null ? colours.textFaint : colours.text, TEXT, 600);
}

function bar(pen: Pen, view: NumbersView, y: number): void {
  const width = PANEL_WIDTH - 2 * EDGE;
  pen.box(EDGE, y, width, 30, colours.resected);
  if (view.remnantFraction <= 0) return;
  const remnant = Math.max(30, width * view.remnantFraction);
  pen.box(EDGE, y, remnant, 30, view.function ? colours.remnantDim : colours.remnant);
  const working = view.function ? Math.min(remnant, width * view.function.fraction) : 0;
  if (working > 0) pen.box(EDGE, y, Math.max(30, working), 30, colours.remnant);
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

  /** The legend of what is marked on the liver: stripes where supply is gone, dots where drainage is. */
  swatch(kind: "supply" | "drainage", x: number, y: number, size: number): void {
    const context = this.#context;
    context.save();
    context.beginPath();
    context.roundRect(x, y, size, size, 10);
    context.clip();
    context.fillStyle = kind === "supply" ? "#545c6d" : "#36265a";
    context.fillRect(x, y, size, size);
    context.fillStyle = lossColours[kind];
    context.strokeStyle = lossColours[kind];
    context.lineWidth = 7;
    for (let n = 0; n < 4; n++) {
      context.beginPath();
      if (kind === "supply") {
        context.moveTo(x - size + n * 22, y + size);
        context.lineTo(x + n * 22, y);
        context.stroke();
      } else {
        context.arc(x + 13 + (n % 2) * 19, y + 13 + Math.floor(n / 2) * 19, 7, 0, 2 * Math.PI);
        context.fill();
      }
    }
    context.restore();
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
