// A cut laid flat, as it came over the wire: what lies at each pixel, and the way from the picture to the patient and back.
import type { PointLps, ResectogramSheet } from "../protocol";

const IN_LIVER = 1;
const BOUNDS_REMNANT = 2;
const TUMOUR_SHADOW = 4;
const TUMOUR = 8;
/** What the cut goes through, as flags of a pixel. */
export const VESSEL_FLAGS = { portal: 16, hepatic: 32, cava: 64 } as const;
const NO_MARGIN = 65_535;
const NOWHERE = -32_768;
const BYTES_A_PIXEL = 12;

/** A place in the picture, mm; u to the right, v upwards. */
export interface PlaceUv {
  readonly u: number;
  readonly v: number;
}

export interface Sheet {
  readonly about: ResectogramSheet;
  readonly hu: Int16Array;
  /** Hundredths of a mm to the nearest tumour. */
  readonly margin: Uint16Array;
  readonly flags: Uint16Array;
  /** x, y, z of every pixel after one another, hundredths of a mm from the origin. */
  readonly steps: readonly [Int16Array, Int16Array, Int16Array];
}

export class SheetError extends Error {
  override readonly name = "SheetError";
}

/** Takes the asset of a sheet apart; see streaming/protocol/cuts.py. */
export function sheetOf(about: ResectogramSheet, bytes: Uint8Array<ArrayBuffer>): Sheet {
  const count = about.rows * about.columns;
  if (bytes.byteLength !== count * BYTES_A_PIXEL) throw new SheetError("the picture of a cut arrived damaged");
  // Arrays of two bytes have to begin at an even address.
  const { buffer } = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  let at = bytes.byteOffset % 2 === 0 ? bytes.byteOffset : 0;
  const next = () => {
    at += 2 * count;
    return at - 2 * count;
  };
  const signed = () => new Int16Array(buffer, next(), count);
  const unsigned = () => new Uint16Array(buffer, next(), count);
  return { about, hu: signed(), margin: unsigned(), flags: unsigned(), steps: [signed(), signed(), signed()] };
}

/** Row and column of a place, with parts of a pixel. */
export function pixelOf({ about }: Sheet, { u, v }: PlaceUv): { readonly row: number; readonly column: number } {
  return { row: (about.first_v_mm - v) / about.step_mm, column: (u - about.first_u_mm) / about.step_mm };
}

export function placeOf({ about }: Sheet, row: number, column: number): PlaceUv {
  return { u: about.first_u_mm + column * about.step_mm, v: about.first_v_mm - row * about.step_mm };
}

/** The pixel's number, or -1 beside the picture. */
function indexAt(sheet: Sheet, place: PlaceUv): number {
  const { row, column } = pixelOf(sheet, place);
  const [r, c] = [Math.round(row), Math.round(column)];
  const { rows, columns } = sheet.about;
  return r < 0 || c < 0 || r >= rows || c >= columns ? -1 : r * columns + c;
}

function pointOf(sheet: Sheet, index: number): PointLps | null {
  const [x, y, z] = sheet.steps.map((axis) => axis[index] as number) as [number, number, number];
  if (x === NOWHERE) return null;
  const [ox, oy, oz] = sheet.about.origin_lps_mm;
  return [ox + x / 100, oy + y / 100, oz + z / 100];
}

/** What the picture says about a place; null where there is no cut. */
export interface Read {
  readonly place: PlaceUv;
  readonly point: PointLps;
  readonly marginMm: number | null;
  readonly hu: number;
  readonly inTumour: boolean;
  readonly inLiver: boolean;
  /** Whether what remains begins here; else another cut takes it. */
  readonly bounds: boolean;
}

export function readAt(sheet: Sheet, place: PlaceUv): Read | null {
  const index = indexAt(sheet, place);
  const point = index < 0 ? null : pointOf(sheet, index);
  if (!point) return null;
  const flags = sheet.flags[index] as number;
  const margin = sheet.margin[index] as number;
  return {
    place,
    point,
    marginMm: margin === NO_MARGIN ? null : margin / 100,
    hu: sheet.hu[index] as number,
    inTumour: isTumour(flags),
    inLiver: (flags & IN_LIVER) > 0,
    bounds: (flags & BOUNDS_REMNANT) > 0,
  };
}

export function isTumour(flags: number): boolean {
  return (flags & TUMOUR) > 0;
}

export function isInLiver(flags: number): boolean {
  return (flags & IN_LIVER) > 0;
}

export function boundsRemnant(flags: number): boolean {
  return (flags & BOUNDS_REMNANT) > 0;
}

export function isInShadow(flags: number): boolean {
  return (flags & TUMOUR_SHADOW) > 0;
}

/** The place of the cut that a ray meets first, in the liver; null where it meets none. LPS mm. */
export function placeOnRay(sheet: Sheet, origin: PointLps, direction: PointLps): (Read & { away: number }) | null {
  const { columns, step_mm, origin_lps_mm } = sheet.about;
  const [xs, ys, zs] = sheet.steps;
  const length = Math.hypot(...direction);
  const [dx, dy, dz] = direction.map((part) => part / length) as [number, number, number];
  const [ox, oy, oz] = origin.map((part, n) => part - (origin_lps_mm[n] as number)) as [number, number, number];
  // Somebody who looks from the remnant's side has it between themselves and the cut.
  const [vx, vy, vz] = sheet.about.viewer_lps;
  if (dx * vx + dy * vy + dz * vz > 0.2) return null;
  const reach = (0.75 * step_mm) ** 2;
  let best = -1;
  let nearest = Number.POSITIVE_INFINITY;
  for (let n = 0; n < xs.length; n++) {
    if (!isInLiver(sheet.flags[n] as number)) continue;
    const x = (xs[n] as number) / 100 - ox;
    const y = (ys[n] as number) / 100 - oy;
    const z = (zs[n] as number) / 100 - oz;
    const along = x * dx + y * dy + z * dz;
    if (along <= 0 || along >= nearest) continue;
    if (x * x + y * y + z * z - along * along < reach) {
      // Of neighbours within reach the one nearest to the ray follows within a pixel or two.
      nearest = along;
      best = n;
    }
  }
  if (best < 0) return null;
  const read = readAt(sheet, placeOf(sheet, Math.floor(best / columns), best % columns));
  return read && { ...read, away: nearest };
}
