// Draws a cut laid flat as crisply as the screen can: fields are read between pixels, lines and marks are vectors.
import { bandColours, colours, FONT_FAMILY } from "../design/tokens";
import type { SheetVessel } from "../protocol";
import { isInLiver, isInShadow, isTumour, type PlaceUv, pixelOf, type Sheet, VESSEL_FLAGS } from "./sheet";

/** The same grey levels as on the cut in the scene. */
const WINDOW_HU = { low: -40, high: 220 } as const;
export const vesselColours = { portal: "#5a9bff", hepatic: "#3fd6c2", cava: "#2b93b5" } as const;
const BANDS_MM = [1, 5, 10] as const;

export interface SheetLook {
  readonly width: number;
  readonly height: number;
  /** Device pixels for one of the page, for the sizes of lines and letters. */
  readonly ratio: number;
  readonly ct: boolean;
  readonly bands: boolean;
  /** Height of letters in pixels of the page. */
  readonly letter: number;
}

export interface SheetMarks {
  readonly pointed: PlaceUv | null;
  readonly litVessel: SheetVessel | null;
}

/** How the picture lies on its canvas: whole, in the middle. */
export function laidOut(sheet: Sheet, look: Pick<SheetLook, "width" | "height" | "ratio">) {
  const { columns, rows } = sheet.about;
  const room = 22 * look.ratio;
  const scale = Math.min((look.width - 2 * room) / columns, (look.height - 2 * room) / rows);
  const left = (look.width - scale * columns) / 2;
  const top = (look.height - scale * rows) / 2;
  return {
    scale,
    left,
    top,
    /** Of a place, canvas pixels. */
    at: (place: PlaceUv) => {
      const { row, column } = pixelOf(sheet, place);
      return { x: left + (column + 0.5) * scale, y: top + (row + 0.5) * scale };
    },
    /** Of a canvas pixel, row and column with parts. */
    pixel: (x: number, y: number) => ({ row: (y - top) / scale - 0.5, column: (x - left) / scale - 0.5 }),
  };
}

type Colour = readonly [number, number, number];

function rgb(hex: string): Colour {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

const BAND = {
  tumour: rgb(bandColours.tumour),
  1: rgb(bandColours.under1),
  5: rgb(bandColours.under5),
  10: rgb(bandColours.under10),
};
const VESSELS = [
  { flag: VESSEL_FLAGS.portal, colour: rgb(vesselColours.portal) },
  { flag: VESSEL_FLAGS.hepatic, colour: rgb(vesselColours.hepatic) },
  { flag: VESSEL_FLAGS.cava, colour: rgb(vesselColours.cava) },
] as const;
const OUTLINE = rgb("#fff1d6");
const TISSUE = rgb("#a8654d");

/** The picture without its marks: one pass over the pixels of the canvas. */
export function sheetImage(sheet: Sheet, look: SheetLook): ImageData {
  const image = new ImageData(look.width, look.height);
  const { columns, rows } = sheet.about;
  const { pixel, scale } = laidOut(sheet, look);
  const liver = share(sheet, isInLiver);
  const tumour = share(sheet, isTumour);
  const shadow = share(sheet, isInShadow);
  const bounding = share(sheet, (flags) => (flags & 2) > 0);
  const vessels = VESSELS.map(({ flag, colour }) => ({ colour, field: share(sheet, (flags) => (flags & flag) > 0) }));
  const line = (1.1 * look.ratio) / scale;
  for (let y = 0; y < look.height; y++) {
    for (let x = 0; x < look.width; x++) {
      const { row, column } = pixel(x, y);
      if (row < 0 || column < 0 || row > rows - 1.001 || column > columns - 1.001) continue;
      const between = (field: ArrayLike<number>) => bilinear(field, columns, row, column);
      const inLiver = between(liver);
      const rim = Math.min(1, Math.min(row, column, rows - 1 - row, columns - 1 - column) / 12);
      const grey = (between(sheet.hu) - WINDOW_HU.low) / (WINDOW_HU.high - WINDOW_HU.low);
      let colour: Colour = look.ct ? grey3(grey) : inLiver > 0.5 ? TISSUE : [0, 0, 0];
      for (const { colour: vessel, field } of vessels) {
        const there = between(field);
        if (there > 0.5) colour = mix(colour, vessel, there < 0.5 + line / 3 ? 1 : 0.62);
      }
      if (look.bands && between(bounding) > 0.5) colour = banded(colour, between(sheet.margin) / 100, x, y, look.ratio);
      if (inLiver > 0.5 && between(bounding) <= 0.5 && hatch(x - y, 9 * look.ratio))
        colour = mix(colour, [0, 0, 0], 0.55);
      const inTumour = between(tumour);
      if (inTumour > 0.5) colour = mix(colour, BAND.tumour, edge(inTumour, line) ? 1 : 0.3);
      else if (edge(between(shadow), line) && dashed(x + y, 11 * look.ratio)) colour = BAND.tumour;
      const outline = edge(inLiver, line);
      if (outline) colour = OUTLINE;
      const dim = inLiver > 0.5 || outline ? 1 : 0.42 * rim;
      const at = 4 * (y * look.width + x);
      image.data[at] = colour[0] * dim;
      image.data[at + 1] = colour[1] * dim;
      image.data[at + 2] = colour[2] * dim;
      image.data[at + 3] = 255 * Math.max(rim, inLiver > 0.5 ? 1 : 0);
    }
  }
  return image;
}

/** Letters of the sides, the scale, the vessels, and what is pointed at. */
export function drawMarks(context: CanvasRenderingContext2D, sheet: Sheet, look: SheetLook, marks: SheetMarks): void {
  const placed = laidOut(sheet, look);
  const { ratio } = look;
  const letter = look.letter * ratio;
  const [left, right, top, bottom] = sheet.about.edges;
  context.textBaseline = "middle";
  context.textAlign = "center";
  const middle = { x: look.width / 2, y: look.height / 2 };
  const out = 0.85 * letter;
  const sides = [
    [left, Math.max(placed.left - out, out), middle.y],
    [right, Math.min(look.width - placed.left + out, look.width - out), middle.y],
    [top, middle.x, Math.max(placed.top - out, out)],
    [bottom, middle.x, Math.min(look.height - placed.top + out, look.height - out)],
  ] as const;
  for (const [words, x, y] of sides) write(context, words, x, y, letter, colours.textSoft, 650);
  drawScale(context, sheet, look, placed.scale);
  // The widest last: on top.
  for (const vessel of [...sheet.about.vessels].reverse()) {
    const { x, y } = placed.at({ u: vessel.u_mm, v: vessel.v_mm });
    drawVessel(context, vessel, x, y, 0.42 * letter, vessel === marks.litVessel, ratio);
  }
  if (marks.pointed) drawCross(context, placed.at(marks.pointed), letter, ratio);
}

function drawVessel(
  context: CanvasRenderingContext2D,
  vessel: SheetVessel,
  x: number,
  y: number,
  least: number,
  lit: boolean,
  ratio: number,
): void {
  const r = lit ? 1.7 * least : least;
  context.beginPath();
  // A disc for the portal vein, a diamond for hepatic veins: colour is never the only cue.
  if (vessel.tree === "portal") context.arc(x, y, r, 0, 2 * Math.PI);
  else {
    context.moveTo(x, y - 1.25 * r);
    context.lineTo(x + 1.25 * r, y);
    context.lineTo(x, y + 1.25 * r);
    context.lineTo(x - 1.25 * r, y);
    context.closePath();
  }
  context.fillStyle = vesselColours[vessel.tree];
  context.fill();
  context.lineWidth = (lit ? 3 : 1.8) * ratio;
  context.strokeStyle = lit ? colours.mark : "#ffffff";
  context.stroke();
}

function drawCross(
  context: CanvasRenderingContext2D,
  { x, y }: { x: number; y: number },
  letter: number,
  ratio: number,
) {
  for (const [width, colour] of [
    [4.5, "#000000"],
    [2, colours.mark],
  ] as const) {
    context.beginPath();
    context.arc(x, y, 0.55 * letter, 0, 2 * Math.PI);
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      context.moveTo(x + 0.3 * letter * dx, y + 0.3 * letter * dy);
      context.lineTo(x + 0.95 * letter * dx, y + 0.95 * letter * dy);
    }
    context.lineWidth = width * ratio;
    context.strokeStyle = colour;
    context.stroke();
  }
}

/** 20 mm; about so where the picture stretches. */
function drawScale(context: CanvasRenderingContext2D, sheet: Sheet, look: SheetLook, scale: number): void {
  const { ratio } = look;
  const length = (20 / sheet.about.step_mm) * scale;
  const [x, y] = [10 * ratio, look.height - 10 * ratio];
  context.strokeStyle = colours.text;
  context.lineWidth = 2 * ratio;
  context.beginPath();
  context.moveTo(x, y - 4 * ratio);
  context.lineTo(x, y);
  context.lineTo(x + length, y);
  context.lineTo(x + length, y - 4 * ratio);
  context.stroke();
  const [short, long] = sheet.about.lengths_percent;
  const about = short === 0 && long === 0 ? "" : "~ ";
  context.textAlign = "left";
  write(context, `${about}20 mm`, x, y - 0.8 * look.letter * ratio, 0.8 * look.letter * ratio, colours.text, 600);
}

function write(
  context: CanvasRenderingContext2D,
  words: string,
  x: number,
  y: number,
  size: number,
  colour: string,
  weight: number,
): void {
  context.font = `${weight} ${size}px ${FONT_FAMILY}`;
  context.lineWidth = size / 5;
  context.strokeStyle = "rgba(5, 9, 13, 0.85)";
  context.lineJoin = "round";
  context.strokeText(words, x, y);
  context.fillStyle = colour;
  context.fillText(words, x, y);
}

/** The band's colour with its pattern: crossed under 1 mm, stripes under 5, dots under 10; a line at each limit. */
function banded(colour: Colour, marginMm: number, x: number, y: number, ratio: number): Colour {
  if (marginMm > BANDS_MM[2] + 0.3) return colour;
  if (BANDS_MM.some((limit) => Math.abs(marginMm - limit) < 0.16)) return [255, 255, 255];
  if (marginMm > BANDS_MM[2]) return colour;
  const step = 7 * ratio;
  if (marginMm < BANDS_MM[0]) return mix(colour, BAND[1], hatch(x + y, step) || hatch(x - y, step) ? 0.85 : 0.5);
  if (marginMm < BANDS_MM[1]) return mix(colour, BAND[5], hatch(x + y, step) ? 0.72 : 0.36);
  return mix(colour, BAND[10], dot(x, y, step) ? 0.66 : 0.24);
}

function hatch(along: number, step: number): boolean {
  return ((along % step) + step) % step < step / 4;
}

function dashed(along: number, step: number): boolean {
  return ((along % step) + step) % step < 0.6 * step;
}

function dot(x: number, y: number, step: number): boolean {
  const dx = (x % step) - step / 2;
  const dy = (y % step) - step / 2;
  return dx * dx + dy * dy < (step / 5) ** 2;
}

function edge(share: number, line: number): boolean {
  return Math.abs(share - 0.5) < 0.42 * line;
}

function grey3(part: number): Colour {
  const value = 255 * Math.max(0, Math.min(1, part));
  return [value, value, value];
}

function mix(one: Colour, other: Colour, part: number): Colour {
  return [
    one[0] + (other[0] - one[0]) * part,
    one[1] + (other[1] - one[1]) * part,
    one[2] + (other[2] - one[2]) * part,
  ];
}

/** A mask as a field whose half is its outline; the steps of its pixels are softened. */
function share(sheet: Sheet, holds: (flags: number) => boolean): Float32Array {
  const { columns, rows } = sheet.about;
  const hard = Float32Array.from(sheet.flags, (flags) => (holds(flags) ? 1 : 0));
  const soft = new Float32Array(hard.length);
  for (const [from, to, step, count] of [
    [hard, soft, 1, columns],
    [soft, hard, columns, rows],
  ] as const) {
    for (let n = 0; n < from.length; n++) {
      const place = step === 1 ? n % columns : Math.floor(n / columns);
      const here = from[n] as number;
      const before = place > 0 ? (from[n - step] as number) : here;
      const after = place < count - 1 ? (from[n + step] as number) : here;
      to[n] = 0.25 * before + 0.5 * here + 0.25 * after;
    }
  }
  return hard;
}

function bilinear(field: ArrayLike<number>, columns: number, row: number, column: number): number {
  const r = Math.floor(row);
  const c = Math.floor(column);
  const at = r * columns + c;
  const [y, x] = [row - r, column - c];
  const upper = (field[at] as number) * (1 - x) + (field[at + 1] as number) * x;
  const lower = (field[at + columns] as number) * (1 - x) + (field[at + columns + 1] as number) * x;
  return upper * (1 - y) + lower * y;
}
