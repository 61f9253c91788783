// A Bezier surface as heights over the plane of its corners, sampled for the cut shader and for the mesh of its face.
// Beyond the patch it goes on as engine/resection/surface/frame.py says: straight outwards, at the slope of its edge.
// Filled while a hand drags, so it works in arrays that are made once.
import type { Vector3 } from "three";
import { type ControlNet, SIDE, SurfaceFrame, slopes, weights } from "./bezier";

/** Samples a side; a liver of 250 mm is sampled every 4 mm, read linearly: a bend of 30 mm is missed by 0.07 mm. */
export const FIELD_SIZE = 64;

/** Steps of the mesh over the patch. */
const PATCH_STEPS = 32;
const LINES = PATCH_STEPS + 1;
/** The rectangle is so much larger than the support of the ellipsoid in the organ's box. */
const OVER = 1.12;

export class HeightField {
  /** Row by row (y), FIELD_SIZE samples along x in each. */
  readonly heights = new Float32Array(FIELD_SIZE * FIELD_SIZE);
  readonly frame = new SurfaceFrame();
  /** The middle of the sampled rectangle in the frame's x and y, and half its size. */
  centreX = 0;
  centreY = 0;
  halfX = 1;
  halfY = 1;
  readonly #net = new Float64Array(3 * SIDE * SIDE);
  readonly #x = new Float32Array(LINES * LINES);
  readonly #y = new Float32Array(LINES * LINES);
  readonly #z = new Float32Array(LINES * LINES);
  readonly #weights = Array.from({ length: LINES }, (_, line) => weights(parameter(line), new Float64Array(SIDE)));
  readonly #slopes = Array.from({ length: LINES }, (_, line) => slopes(parameter(line), new Float64Array(SIDE)));

  /**
   * Samples the surface over a rectangle that covers an organ.
   *
   * @param net control points.
   * @param centre of the organ, in the frame and unit of the points.
   * @param halfSize of the organ along the axes.
   * @param room added around it.
   */
  fill(net: ControlNet, centre: Vector3, halfSize: Vector3, room: number): void {
    this.#toFrame(net, centre, halfSize, room);
    this.#tessellate();
    this.heights.fill(Number.NaN);
    for (let row = 0; row + 1 < LINES; row++) {
      for (let column = 0; column + 1 < LINES; column++) {
        const a = row * LINES + column;
        this.#fillTriangle(a, a + 1, a + LINES + 1);
        this.#fillTriangle(a, a + LINES + 1, a + LINES);
      }
    }
    this.#fillBeyond();
    this.#fillHoles();
  }

  /** Height at a place of the frame, linear between samples, as the shader reads it. */
  heightAt(x: number, y: number): number {
    const column = sample(x - this.centreX, this.halfX);
    const row = sample(y - this.centreY, this.halfY);
    const c = Math.min(FIELD_SIZE - 2, Math.floor(column));
    const r = Math.min(FIELD_SIZE - 2, Math.floor(row));
    const s = column - c;
    const t = row - r;
    const at = r * FIELD_SIZE + c;
    const h = this.heights;
    const below = (h[at] as number) * (1 - s) + (h[at + 1] as number) * s;
    const above = (h[at + FIELD_SIZE] as number) * (1 - s) + (h[at + FIELD_SIZE + 1] as number) * s;
    return below * (1 - t) + above * t;
  }

  /** How far a point lies on the resected side of the surface, along the normal. */
  signed(point: Vector3): number {
    const { origin, x, y, normal } = this.frame;
    const dx = point.x - origin.x;
    const dy = point.y - origin.y;
    const dz = point.z - origin.z;
    const height = this.heightAt(dx * x.x + dy * x.y + dz * x.z, dx * y.x + dy * y.y + dz * y.z);
    return dx * normal.x + dy * normal.y + dz * normal.z - height;
  }

  #toFrame(net: ControlNet, centre: Vector3, halfSize: Vector3, room: number): void {
    const { frame } = this;
    const { x, y, normal, origin } = frame.fitTo(net);
    for (let at = 0; at < net.length; at += 3) {
      const px = (net[at] as number) - origin.x;
      const py = (net[at + 1] as number) - origin.y;
      const pz = (net[at + 2] as number) - origin.z;
      this.#net[at] = px * x.x + py * x.y + pz * x.z;
      this.#net[at + 1] = px * y.x + py * y.y + pz * y.z;
      this.#net[at + 2] = px * normal.x + py * normal.y + pz * normal.z;
    }
    const cx = centre.x - origin.x;
    const cy = centre.y - origin.y;
    const cz = centre.z - origin.z;
    this.centreX = cx * x.x + cy * x.y + cz * x.z;
    this.centreY = cx * y.x + cy * y.y + cz * y.z;
    this.halfX = OVER * Math.hypot(x.x * halfSize.x, x.y * halfSize.y, x.z * halfSize.z) + room;
    this.halfY = OVER * Math.hypot(y.x * halfSize.x, y.y * halfSize.y, y.z * halfSize.z) + room;
  }

  /** The mesh of the patch, its x and y in samples of the field. */
  #tessellate(): void {
    for (let row = 0; row < LINES; row++) {
      for (let column = 0; column < LINES; column++) {
        const at = row * LINES + column;
        const x = this.#sum(0, this.#weights, column, this.#weights, row);
        const y = this.#sum(1, this.#weights, column, this.#weights, row);
        this.#x[at] = ((x - this.centreX) / this.halfX + 1) * (FIELD_SIZE / 2) - 0.5;
        this.#y[at] = ((y - this.centreY) / this.halfY + 1) * (FIELD_SIZE / 2) - 0.5;
        this.#z[at] = this.#sum(2, this.#weights, column, this.#weights, row);
      }
    }
  }

  /** What the patch does not cover: beside each edge straight outwards, beyond a corner by its slope both ways. */
  #fillBeyond(): void {
    const last = LINES - 1;
    for (let n = 0; n < last; n++) {
      this.#fillBeside(n * LINES, (n + 1) * LINES, true, -1);
      this.#fillBeside(n * LINES + last, (n + 1) * LINES + last, true, 1);
      this.#fillBeside(n, n + 1, false, -1);
      this.#fillBeside(last * LINES + n, last * LINES + n + 1, false, 1);
    }
    this.#fillCorner(0, -1, -1);
    this.#fillCorner(last, 1, -1);
    this.#fillCorner(last * LINES, -1, 1);
    this.#fillCorner(last * LINES + last, 1, 1);
  }

  /** Between two neighbours on an edge: `alongX` where it goes on along x, to the side `sign` says. */
  #fillBeside(a: number, b: number, alongX: boolean, sign: number): void {
    const across = alongX ? this.#y : this.#x;
    const along = alongX ? this.#x : this.#y;
    const from = across[a] as number;
    const to = across[b] as number;
    if (to <= from) return;
    const slopeA = this.#slope(a, alongX);
    const slopeB = this.#slope(b, alongX);
    for (let line = Math.max(0, Math.ceil(from)); line <= Math.min(FIELD_SIZE - 1, to); line++) {
      const t = (line - from) / (to - from);
      const edge = (along[a] as number) * (1 - t) + (along[b] as number) * t;
      const height = (this.#z[a] as number) * (1 - t) + (this.#z[b] as number) * t;
      const slope = slopeA * (1 - t) + slopeB * t;
      const first = sign < 0 ? 0 : Math.max(0, Math.ceil(edge));
      const end = sign < 0 ? Math.min(FIELD_SIZE - 1, Math.floor(edge)) : FIELD_SIZE - 1;
      for (let place = first; place <= end; place++) {
        const at = alongX ? line * FIELD_SIZE + place : place * FIELD_SIZE + line;
        if (Number.isNaN(this.heights[at])) this.heights[at] = height + (place - edge) * slope;
      }
    }
  }

  #fillCorner(corner: number, signX: number, signY: number): void {
    const x = this.#x[corner] as number;
    const y = this.#y[corner] as number;
    const slopeX = this.#slope(corner, true);
    const slopeY = this.#slope(corner, false);
    for (let row = 0; row < FIELD_SIZE; row++) {
      if ((row - y) * signY < 0) continue;
      for (let column = 0; column < FIELD_SIZE; column++) {
        const at = row * FIELD_SIZE + column;
        if ((column - x) * signX < 0 || !Number.isNaN(this.heights[at])) continue;
        this.heights[at] = (this.#z[corner] as number) + (column - x) * slopeX + (row - y) * slopeY;
      }
    }
  }

  /** How much the surface rises over its plane from one sample to the next, along x or y, at a point of the mesh. */
  #slope(point: number, alongX: boolean): number {
    const column = point % LINES;
    const row = (point - column) / LINES;
    const xu = this.#sum(0, this.#slopes, column, this.#weights, row);
    const yu = this.#sum(1, this.#slopes, column, this.#weights, row);
    const zu = this.#sum(2, this.#slopes, column, this.#weights, row);
    const xv = this.#sum(0, this.#weights, column, this.#slopes, row);
    const yv = this.#sum(1, this.#weights, column, this.#slopes, row);
    const zv = this.#sum(2, this.#weights, column, this.#slopes, row);
    const determinant = xu * yv - xv * yu;
    if (Math.abs(determinant) < 1e-15) return 0;
    const step = (2 * (alongX ? this.halfX : this.halfY)) / FIELD_SIZE;
    return ((alongX ? zu * yv - zv * yu : zv * xu - zu * xv) / determinant) * step;
  }

  #sum(
    axis: number,
    byColumn: readonly Float64Array[],
    column: number,
    byRow: readonly Float64Array[],
    row: number,
  ): number {
    const a = byColumn[column] as Float64Array;
    const b = byRow[row] as Float64Array;
    let sum = 0;
    for (let v = 0; v < SIDE; v++) {
      let along = 0;
      for (let u = 0; u < SIDE; u++) along += (a[u] as number) * (this.#net[3 * (SIDE * v + u) + axis] as number);
      sum += (b[v] as number) * along;
    }
    return sum;
  }

  #fillTriangle(a: number, b: number, c: number): void {
    const ax = this.#x[a] as number;
    const ay = this.#y[a] as number;
    const bx = (this.#x[b] as number) - ax;
    const by = (this.#y[b] as number) - ay;
    const cx = (this.#x[c] as number) - ax;
    const cy = (this.#y[c] as number) - ay;
    const area = bx * cy - cx * by;
    if (area < 1e-12) return;
    const left = Math.max(0, Math.ceil(ax + Math.min(0, bx, cx)));
    const right = Math.min(FIELD_SIZE - 1, Math.floor(ax + Math.max(0, bx, cx)));
    const low = Math.max(0, Math.ceil(ay + Math.min(0, by, cy)));
    const high = Math.min(FIELD_SIZE - 1, Math.floor(ay + Math.max(0, by, cy)));
    const za = this.#z[a] as number;
    const zb = (this.#z[b] as number) - za;
    const zc = (this.#z[c] as number) - za;
    for (let row = low; row <= high; row++) {
      for (let column = left; column <= right; column++) {
        const wb = ((column - ax) * cy - cx * (row - ay)) / area;
        const wc = (bx * (row - ay) - (column - ax) * by) / area;
        // A sample on an edge may be missed by both neighbours through rounding, so both take it.
        if (wb < -1e-4 || wc < -1e-4 || wb + wc > 1 + 1e-4) continue;
        this.heights[row * FIELD_SIZE + column] = za + wb * zb + wc * zc;
      }
    }
  }

  /** Only a surface that folds leaves a sample out; it takes its neighbour's height. */
  #fillHoles(): void {
    let last = 0;
    for (let n = 0; n < this.heights.length; n++) {
      const height = this.heights[n] as number;
      if (Number.isNaN(height)) this.heights[n] = last;
      else last = height;
    }
  }
}

/** The parameter of a line of the mesh. */
function parameter(line: number): number {
  return line / PATCH_STEPS;
}

/** Which sample an offset from the middle lies at; the outermost samples lie half a step inside the rectangle. */
function sample(offset: number, half: number): number {
  return Math.min(FIELD_SIZE - 1, Math.max(0, (offset / half + 1) * (FIELD_SIZE / 2) - 0.5));
}
