import { Object3D, Vector3 } from "three";
import { describe, expect, test } from "vitest";
import { CarriedPose } from "../../src/xr/resection-grab";

const at = (x: number, turn = 0) => {
  const hand = new Object3D();
  hand.position.set(x, 0, 0);
  hand.rotation.y = turn;
  return hand;
};

describe("what a hand carries", () => {
  test("follows it all the way", () => {
    const pose = new CarriedPose();
    pose.start(at(1));
    pose.follow(at(1.2), 1);
    const motion = pose.follow(at(1.5, Math.PI / 2), 1);
    const start = new Vector3(1, 0, 0);
    expect(start.applyMatrix4(motion).distanceTo(new Vector3(1.5, 0, 0))).toBeLessThan(1e-9);
    expect(new Vector3(2, 0, 0).applyMatrix4(motion).distanceTo(new Vector3(1.5, 0, -1))).toBeLessThan(1e-9);
  });

  test("follows by a part of the way when it should be fine, and never jumps when that changes", () => {
    const pose = new CarriedPose();
    pose.start(at(0));
    const moved = (hand: Object3D, gain: number) => new Vector3().applyMatrix4(pose.follow(hand, gain)).x;
    expect(moved(at(0.1), 1)).toBeCloseTo(0.1, 9);
    expect(moved(at(0.1), 0.25)).toBeCloseTo(0.1, 9);
    expect(moved(at(0.3), 0.25)).toBeCloseTo(0.15, 9);
    expect(moved(at(0.3), 1)).toBeCloseTo(0.15, 9);
  });
});
