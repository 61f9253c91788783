// Where a ray first meets labelled tissue: a walk through a small label volume, far cheaper than a ray against a mesh.
import { Matrix4, Ray, Vector3 } from "three";

export interface LabelGrid {
  readonly values: Uint8Array | Uint16Array;
  readonly shapeIjk: readonly [number, number, number];
  /** Sample indices from the space of the ray; sample 0 has its centre at 0. */
  readonly ijkFromSpace: Matrix4;
}

export interface LabelHit {
  readonly value: number;
  /** In the ray's space. */
  readonly point: Vector3;
}

const local = new Ray();
const low = new Vector3();
const high = new Vector3();
const at = new Vector3();
const inverse = new Matrix4();

/** The first sample on the ray that is not 0. */
export function firstLabel(ray: Ray, grid: LabelGrid): LabelHit | null {
  const [ni, nj, nk] = grid.shapeIjk;
  local.copy(ray).applyMatrix4(grid.ijkFromSpace);
  low.setScalar(-0.5);
  high.set(ni - 0.5, nj - 0.5, nk - 0.5);
  const span = clip(local, low, high);
  if (!span) return null;
  // Half a sample a step misses no more than a grazed corner.
  for (let way = span[0]; way <= span[1]; way += 0.5) {
    local.at(way, at);
    const i = Math.round(at.x);
    const j = Math.round(at.y);
    const k = Math.round(at.z);
    if (i < 0 || j < 0 || k < 0 || i >= ni || j >= nj || k >= nk) continue;
    const value = grid.values[(k * nj + j) * ni + i] as number;
    if (value === 0) continue;
    return { value, point: at.clone().applyMatrix4(inverse.copy(grid.ijkFromSpace).invert()) };
  }
  return null;
}

/** Ways along a unit ray between which it is inside the box. */
function clip(ray: Ray, least: Vector3, most: Vector3): readonly [number, number] | null {
  let from = 0;
  let to = Number.POSITIVE_INFINITY;
  for (const axis of ["x", "y", "z"] as const) {
    const start = ray.origin[axis];
    const way = ray.direction[axis];
    if (Math.abs(way) < 1e-9) {
      if (start < least[axis] || start > most[axis]) return null;
      continue;
    }
    const one = (least[axis] - start) / way;
    const other = (most[axis] - start) / way;
    from = Math.max(from, Math.min(one, other));
    to = Math.min(to, Math.max(one, other));
  }
  return from <= to ? [from, to] : null;
}
