// A decoded mesh to pieces that a frame can take: 16-bit indices, normals, and the sphere that holds the piece.
import type { IndexArray, MeshData, VertexValues } from "./glb";

/** What 16-bit indices reach; the last value stays free, it restarts primitives. */
export const MOST_VERTICES = 65_535;
/** About 1.5 MB with its vertices: what a graphics card takes up without missing a frame. */
export const MOST_TRIANGLES = 100_000;

export interface MeshPiece {
  readonly positions: VertexValues;
  readonly normals: VertexValues;
  readonly indices: Uint16Array<ArrayBuffer>;
  readonly scale: readonly [number, number, number];
  readonly translation: readonly [number, number, number];
  /** Centre and radius in the positions' own steps. */
  readonly sphere: readonly [number, number, number, number];
}

/** The mesh as one piece if that is small enough; triangles lie in the order of their vertices, so pieces are compact. */
export function meshPieces(mesh: MeshData): readonly MeshPiece[] {
  const normals = mesh.normals ?? vertexNormals(mesh);
  const vertices = mesh.positions.array.length / mesh.positions.size;
  const { scale, translation } = mesh;
  const whole = { positions: mesh.positions, normals, scale, translation };
  if (vertices <= MOST_VERTICES && mesh.indices.length <= MOST_TRIANGLES * 3) {
    return [{ ...whole, indices: Uint16Array.from(mesh.indices), sphere: sphereAround(mesh.positions) }];
  }
  return [...runs(mesh.indices, vertices)].map(({ indices, taken }) => {
    const positions = pick(mesh.positions, taken);
    return { ...whole, positions, normals: pick(normals, taken), indices, sphere: sphereAround(positions) };
  });
}

/** Runs of triangles that fit, with indices from zero and the vertices they stand for. */
function* runs(
  indices: IndexArray,
  vertices: number,
): Generator<{ indices: Uint16Array<ArrayBuffer>; taken: Uint32Array }> {
  const place = new Uint32Array(vertices);
  let taken = new Uint32Array(MOST_VERTICES);
  let count = 0;
  let from = 0;
  let run = new Uint16Array(Math.min(indices.length, MOST_TRIANGLES * 3));
  for (let at = 0; at < indices.length; at += 3) {
    if (count + 3 > MOST_VERTICES || at - from >= MOST_TRIANGLES * 3) {
      yield { indices: run.slice(0, at - from), taken: taken.slice(0, count) };
      place.fill(0);
      taken = new Uint32Array(MOST_VERTICES);
      run = new Uint16Array(MOST_TRIANGLES * 3);
      count = 0;
      from = at;
    }
    for (let corner = at; corner < at + 3; corner++) {
      const vertex = indices[corner] as number;
      // Zero is "not yet here", so places count from one.
      if (place[vertex] === 0) {
        taken[count] = vertex;
        place[vertex] = ++count;
      }
      run[corner - from] = (place[vertex] as number) - 1;
    }
  }
  if (indices.length > from) yield { indices: run.slice(0, indices.length - from), taken: taken.slice(0, count) };
}

function pick(values: VertexValues, taken: Uint32Array): VertexValues {
  const { array, size, normalized } = values;
  const picked = array.slice(0, taken.length * size);
  taken.forEach((vertex, row) => {
    for (let n = 0; n < size; n++) picked[row * size + n] = array[vertex * size + n] as number;
  });
  return { array: picked, size, normalized };
}

/** Around the middle of the box: at most sqrt(3) times too large, and two passes. */
function sphereAround({ array, size }: VertexValues): [number, number, number, number] {
  const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high = low.map((value) => -value);
  for (let at = 0; at < array.length; at += size) {
    for (let axis = 0; axis < 3; axis++) {
      const value = array[at + axis] as number;
      if (value < (low[axis] as number)) low[axis] = value;
      if (value > (high[axis] as number)) high[axis] = value;
    }
  }
  const [x, y, z] = low.map((value, axis) => (value + (high[axis] as number)) / 2) as [number, number, number];
  let squared = 0;
  for (let at = 0; at < array.length; at += size) {
    const [dx, dy, dz] = [(array[at] as number) - x, (array[at + 1] as number) - y, (array[at + 2] as number) - z];
    squared = Math.max(squared, dx * dx + dy * dy + dz * dz);
  }
  return [x, y, z, Math.sqrt(squared)];
}

/** Area-weighted, for a file without normals; signed bytes, as the files have them. */
export function vertexNormals(mesh: Pick<MeshData, "positions" | "indices" | "scale">): VertexValues {
  const { array, size } = mesh.positions;
  const [sx, sy, sz] = mesh.scale;
  const sums = new Float32Array((array.length / size) * 3);
  const { indices } = mesh;
  const coordinate = (vertex: number, axis: number) => array[vertex * size + axis] as number;
  for (let at = 0; at < indices.length; at += 3) {
    const [a, b, c] = [indices[at] as number, indices[at + 1] as number, indices[at + 2] as number];
    const ux = (coordinate(b, 0) - coordinate(a, 0)) * sx;
    const uy = (coordinate(b, 1) - coordinate(a, 1)) * sy;
    const uz = (coordinate(b, 2) - coordinate(a, 2)) * sz;
    const vx = (coordinate(c, 0) - coordinate(a, 0)) * sx;
    const vy = (coordinate(c, 1) - coordinate(a, 1)) * sy;
    const vz = (coordinate(c, 2) - coordinate(a, 2)) * sz;
    for (const vertex of [a, b, c]) {
      sums[vertex * 3] = (sums[vertex * 3] as number) + uy * vz - uz * vy;
      sums[vertex * 3 + 1] = (sums[vertex * 3 + 1] as number) + uz * vx - ux * vz;
      sums[vertex * 3 + 2] = (sums[vertex * 3 + 2] as number) + ux * vy - uy * vx;
    }
  }
  const normals = new Int8Array((sums.length / 3) * 4);
  for (let vertex = 0; vertex * 3 < sums.length; vertex++) {
    const [x, y, z] = [0, 1, 2].map((axis) => sums[vertex * 3 + axis] as number) as [number, number, number];
    const length = Math.hypot(x, y, z) || 1;
    normals.set([(x / length) * 127, (y / length) * 127, (z / length) * 127].map(Math.round), vertex * 4);
  }
  return { array: normals, size: 4, normalized: true };
}
