import { Matrix4, Vector3 } from "three";
import { describe, expect, it } from "vitest";
import { levelHit } from "../../src/xr/table-placing";

const space = {} as XRSpace;

function hit(matrix: Matrix4 | null): XRHitTestResult {
  return { getPose: () => matrix && { transform: { matrix: matrix.toArray() } } } as unknown as XRHitTestResult;
}

describe("where a model is put", () => {
  const table = hit(new Matrix4().makeTranslation(0.1, 0.74, -1));
  const wall = hit(new Matrix4().makeRotationX(Math.PI / 2));

  it("is the nearest level surface, never a wall", () => {
    const matrix = new Matrix4();
    expect(levelHit([wall, table], space, matrix, new Vector3())).toBe(table);
    expect(new Vector3().setFromMatrixPosition(matrix).toArray()).toEqual([0.1, 0.74, -1]);
  });

  it("is nowhere where nothing level is met, or the device lost it", () => {
    expect(levelHit([wall, hit(null)], space, new Matrix4(), new Vector3())).toBeNull();
  });
});
