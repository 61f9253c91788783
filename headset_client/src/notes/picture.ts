// A picture of the view with what a reader needs on it: numbers, scale, title, and what it is not.
import { colours, FONT_FAMILY } from "../design/tokens";
import { scaleBar, scaleBarLabel } from "../geometry/scale-bar";

export interface PictureWords {
  /** Of the case; empty where it may say who the patient is. */
  readonly title: string;
  readonly notice: string;
  /** What, and how much. */
  readonly numbers: readonly (readonly [string, string])[];
}

/** Screen pixels a patient millimetre takes at the middle of the view; null where no scale is true, as of a free head. */
export type PixelsPerMm = number | null;

const INK = "#f4f8fb";
const PLATE = "rgb(10 15 20 / 0.78)";
const WIDEST_BAR = 0.2;

/** Writes over a picture that is on the canvas already; sizes follow its height. */
export function overlay(context: CanvasRenderingContext2D, words: PictureWords, pixelsPerMm: PixelsPerMm): void {
  const { width, height } = context.canvas;
  const text = Math.max(13, Math.round(height / 42));
  const edge = Math.round(text * 1.1);
  context.textBaseline = "alphabetic";
  numbers(context, words, text, edge);
  if (pixelsPerMm !== null && pixelsPerMm > 0) bar(context, pixelsPerMm, text, edge);
  context.font = `650 ${text}px ${FONT_FAMILY}`;
  const notice = context.measureText(words.notice).width;
  plate(context, edge, height - edge - 1.9 * text, notice + 1.6 * text, 1.9 * text);
  context.textAlign = "left";
  context.fillStyle = colours.mark;
  context.fillText(words.notice, edge + 0.8 * text, height - edge - 0.62 * text, width - 2 * edge);
}

function numbers(context: CanvasRenderingContext2D, words: PictureWords, text: number, edge: number): void {
  const rows = words.numbers;
  const title = words.title;
  const lines = rows.length + (title ? 1.4 : 0);
  if (lines === 0) return;
  context.font = `600 ${text}px ${FONT_FAMILY}`;
  const what = Math.max(0, ...rows.map(([one]) => context.measureText(one).width));
  const much = Math.max(0, ...rows.map(([, one]) => context.measureText(one).width));
  context.font = `700 ${Math.round(text * 1.15)}px ${FONT_FAMILY}`;
  const inner = Math.max(what + much + 1.6 * text, title ? context.measureText(title).width : 0);
  plate(context, edge, edge, inner + 2 * text, (lines * 1.55 + 0.9) * text);
  context.fillStyle = INK;
  context.textAlign = "left";
  let y = edge + 1.65 * text;
  if (title) {
    context.fillText(title, edge + text, y);
    y += 1.4 * 1.55 * text;
  }
  for (const [one, value] of rows) {
    context.font = `500 ${text}px ${FONT_FAMILY}`;
    context.textAlign = "left";
    context.fillStyle = colours.textSoft;
    context.fillText(one, edge + text, y);
    context.font = `650 ${text}px ${FONT_FAMILY}`;
    context.textAlign = "right";
    context.fillStyle = INK;
    context.fillText(value, edge + text + inner, y);
    y += 1.55 * text;
  }
}

function bar(context: CanvasRenderingContext2D, pixelsPerMm: number, text: number, edge: number): void {
  const { width, height } = context.canvas;
  const { lengthMm, widthPixels } = scaleBar(pixelsPerMm, WIDEST_BAR * width);
  const right = width - edge - text;
  const y = height - edge - 0.9 * text;
  plate(context, right - widthPixels - text, y - 2 * text, widthPixels + 2 * text, 2.9 * text);
  context.strokeStyle = INK;
  context.lineWidth = Math.max(2, text / 7);
  context.beginPath();
  context.moveTo(right - widthPixels, y - 0.4 * text);
  context.lineTo(right - widthPixels, y);
  context.lineTo(right, y);
  context.lineTo(right, y - 0.4 * text);
  context.stroke();
  context.fillStyle = INK;
  context.font = `600 ${text}px ${FONT_FAMILY}`;
  context.textAlign = "center";
  context.fillText(scaleBarLabel(lengthMm), right - widthPixels / 2, y - 0.7 * text);
}

function plate(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
  context.fillStyle = PLATE;
  context.beginPath();
  context.roundRect(x, y, width, height, Math.min(14, height / 3));
  context.fill();
}

/** Puts a file into the person's downloads. */
export function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it after this turn of the loop.
  setTimeout(() => URL.revokeObjectURL(address), 30_000);
}
