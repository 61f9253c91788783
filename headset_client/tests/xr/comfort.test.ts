import { Object3D, PerspectiveCamera, Vector3 } from "three";
import { describe, expect, it } from "vitest";
import { SNAP_RADIANS, StickPush, turnAround } from "../../src/xr/comfort";

const rounded = (vector: Vector3) => vector.toArray().map((value) => Math.round(value * 1e6) / 1e6 + 0);

describe("turning by the stick", () => {
  it("is one step a push, however long it is held", () => {
    const push = new StickPush();
    expect([0.2, 0.8, 1, 0.6, 0.5, 0.1, -0.9, -1, 0, 0.8].map((x) => push.step(x))).toEqual([
      0, 1, 0, 0, 0, 0, -1, 0, 0, 1,
    ]);
  });

  it("does not count a stick that trembles at its edge as many pushes", () => {
    const push = new StickPush();
    expect([0.76, 0.74, 0.76, 0.5, 0.76].map((x) => push.step(x))).toEqual([1, 0, 0, 0, 0]);
  });

  it("to the right brings what was before the person to their left, at the same distance", () => {
    const head = new PerspectiveCamera();
    head.position.set(0.5, 1.6, 0.2);
    head.updateMatrixWorld();
    const stage = new Object3D();
    stage.position.set(0.5, 1.2, -0.8);
    turnAround(stage, head, Math.PI / 2);
    expect(rounded(stage.position)).toEqual([-0.5, 1.2, 0.2]);
    expect(rounded(new Vector3(0, 0, -1).applyQuaternion(stage.quaternion))).toEqual([-1, 0, 0]);
  });

  it("comes round again after twelve steps", () => {
    const head = new PerspectiveCamera();
    head.position.set(-0.3, 1.5, 0.4);
    head.updateMatrixWorld();
    const stage = new Object3D();
    stage.position.set(0.1, 1.1, -0.7);
    for (let step = 0; step < 12; step++) turnAround(stage, head, SNAP_RADIANS);
    expect(rounded(stage.position)).toEqual([0.1, 1.1, -0.7]);
  });
});
