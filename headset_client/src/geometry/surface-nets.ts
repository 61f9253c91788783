// The boundary of a set of voxels as a smooth mesh: naive surface nets (Gibson 1998) over a blurred membership.

/** Samples of a box, i fastest. */
export interface Grid {
  readonly ni: number;
  readonly nj: number;
  readonly nk: number;
}

export interface NetMesh {
  /** (x, y, z) in sample coordinates: the centre of sample (i, j, k) is (i, j, k). */
  readonly positions: Float32Array;
  readonly indices: Uint32Array;
}

const LEVEL = 127.5;

/** Blurs by (1 2 1) / 4 along each axis, in place: stairs of voxels become a slope that a boundary can be read from. */
export function blur(values: Uint8Array, { ni, nj, nk }: Grid): void {
  const longest = Math.max(ni, nj, nk);
  const row = new Uint8Array(longest);
  const along = (start: number, step: number, count: number) => {
    for (let n = 0; n < count; n++) row[n] = values[start + n * step] as number;
    for (let n = 1; n + 1 < count; n++) {
      const sum = (row[n - 1] as number) + 2 * (row[n] as number) + (row[n + 1] as number);
      values[start + n * step] = (sum + 2) >> 2;
    }
  };
  for (let k = 0; k < nk; k++) for (let j = 0; j < nj; j++) along((k * nj + j) * ni, 1, ni);
  for (let k = 0; k < nk; k++) for (let i = 0; i < ni; i++) along(k * nj * ni + i, ni, nj);
  for (let j = 0; j < nj; j++) for (let i = 0; i < ni; i++) along(j * ni + i, ni * nj, nk);
}

/**
 * The boundary between members (255) and others (0).
 *
 * @param values membership of every sample.
 * @param domain above zero where there is something to divide; the boundary of the domain itself is no boundary.
 */
export function surfaceNets(values: Uint8Array, domain: Uint8Array, grid: Grid): NetMesh {
  const { ni, nj, nk } = grid;
  const vertexOf = new Int32Array(ni * nj * nk).fill(-1);
  const positions: number[] = [];
  const corners = [0, 1, ni, ni + 1, ni * nj, ni * nj + 1, ni * nj + ni, ni * nj + ni + 1];
  for (let k = 0; k + 1 < nk; k++) {
    for (let j = 0; j + 1 < nj; j++) {
      for (let i = 0; i + 1 < ni; i++) {
        const cell = (k * nj + j) * ni + i;
        let members = 0;
        let missing = false;
        for (const corner of corners) {
          if (domain[cell + corner] === 0) {
            missing = true;
            break;
          }
          if ((values[cell + corner] as number) > LEVEL) members += 1;
        }
        if (missing || members === 0 || members === 8) continue;
        vertexOf[cell] = positions.length / 3;
        pushVertex(positions, values, cell, corners, i, j, k);
      }
    }
  }
  return { positions: new Float32Array(positions), indices: joined(values, vertexOf, grid) };
}

/** Pairs of corners of a cell that share an edge, and the axis it runs along. */
const EDGES: readonly (readonly [number, number])[] = [
  [0, 1], [2, 3], [4, 5], [6, 7],
  [0, 2], [1, 3], [4, 6], [5, 7],
  [0, 4], [1, 5], [2, 6], [3, 7],
]; // biome-ignore format: one axis a line

function pushVertex(
  positions: number[],
  values: Uint8Array,
  cell: number,
  corners: readonly number[],
  i: number,
  j: number,
  k: number,
): void {
  let x = 0;
  let y = 0;
  let z = 0;
  let crossings = 0;
  for (const [a, b] of EDGES) {
    const va = values[cell + (corners[a] as number)] as number;
    const vb = values[cell + (corners[b] as number)] as number;
    if (va > LEVEL === vb > LEVEL) continue;
    const t = (LEVEL - va) / (vb - va);
    x += (a & 1) + t * ((b & 1) - (a & 1));
    y += ((a >> 1) & 1) + t * (((b >> 1) & 1) - ((a >> 1) & 1));
    z += (a >> 2) + t * ((b >> 2) - (a >> 2));
    crossings += 1;
  }
  positions.push(i + x / crossings, j + y / crossings, k + z / crossings);
}

/** Two triangles for every edge of the grid that the boundary crosses, if all four cells around it have a vertex. */
function joined(values: Uint8Array, vertexOf: Int32Array, { ni, nj, nk }: Grid): Uint32Array {
  const indices: number[] = [];
  const steps = [1, ni, ni * nj] as const;
  for (let k = 1; k + 1 < nk; k++) {
    for (let j = 1; j + 1 < nj; j++) {
      for (let i = 1; i + 1 < ni; i++) {
        const at = (k * nj + j) * ni + i;
        const isMember = (values[at] as number) > LEVEL;
        for (let axis = 0; axis < 3; axis++) {
          const other = (values[at + (steps[axis] as number)] as number) > LEVEL;
          if (isMember === other) continue;
          const u = steps[(axis + 1) % 3] as number;
          const v = steps[(axis + 2) % 3] as number;
          const a = vertexOf[at - u - v] as number;
          const b = vertexOf[at - v] as number;
          const c = vertexOf[at] as number;
          const d = vertexOf[at - u] as number;
          if (a < 0 || b < 0 || c < 0 || d < 0) continue;
          if (isMember) indices.push(a, b, c, a, c, d);
          else indices.push(a, c, b, a, d, c);
        }
      }
    }
  }
  return new Uint32Array(indices);
}
