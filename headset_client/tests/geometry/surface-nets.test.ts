import { describe, expect, test } from "vitest";
import { blur, surfaceNets } from "../../src/geometry/surface-nets";

const GRID = { ni: 24, nj: 22, nk: 20 };
const COUNT = GRID.ni * GRID.nj * GRID.nk;

function filled(test: (i: number, j: number, k: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: COUNT }, (_, n) => {
    const i = n % GRID.ni;
    const j = Math.floor(n / GRID.ni) % GRID.nj;
    return test(i, j, Math.floor(n / (GRID.ni * GRID.nj))) ? 255 : 0;
  });
}

const everywhere = new Uint8Array(COUNT).fill(1);

describe("the boundary of a set of voxels", () => {
  test("is closed and as large as the ball it is of", () => {
    const values = filled((i, j, k) => (i - 11) ** 2 + (j - 10) ** 2 + (k - 9) ** 2 <= 6.5 ** 2);
    blur(values, GRID);
    const { positions, indices } = surfaceNets(values, everywhere, GRID);
    const edges = new Map<string, number>();
    for (let n = 0; n < indices.length; n += 3) {
      for (let side = 0; side < 3; side++) {
        const a = indices[n + side] as number;
        const b = indices[n + ((side + 1) % 3)] as number;
        const key = a < b ? `${a} ${b}` : `${b} ${a}`;
        edges.set(key, (edges.get(key) ?? 0) + (a < b ? 1 : -1));
      }
    }
    expect([...edges.values()].every((balance) => balance === 0)).toBe(true);
    for (let n = 0; n < positions.length; n += 3) {
      const [x, y, z] = positions.slice(n, n + 3);
      const radius = Math.hypot((x ?? 0) - 11, (y ?? 0) - 10, (z ?? 0) - 9);
      expect(Math.abs(radius - 6.5)).toBeLessThan(0.8);
    }
  });

  test("ends where there is nothing to divide", () => {
    const values = filled((i) => i < 12);
    const domain = filled((_, j) => j > 4 && j < 16).map((value) => value && 1);
    const { positions } = surfaceNets(values, domain, GRID);
    expect(positions.length).toBeGreaterThan(0);
    for (let n = 0; n < positions.length; n += 3) {
      expect(positions[n]).toBeCloseTo(11.5, 1);
      expect(positions[n + 1]).toBeGreaterThanOrEqual(5);
      expect(positions[n + 1]).toBeLessThanOrEqual(15);
    }
  });
});
