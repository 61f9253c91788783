import { Vector3 } from "three";
import { describe, expect, test } from "vitest";
import { gltfFromLps } from "../../src/geometry/patient-frame";
import {
  centredOn,
  flipped,
  inPlaneAxes,
  movedAlongNormal,
  poseFromResection,
  proposedStart,
  resectionFromPose,
  rotatedAbout,
  sheetQuaternion,
  signedDistance,
} from "../../src/geometry/plane-pose";

const resection = {
  resection_id: "resection-1",
  kind: "plane",
  point_lps_mm: [-40, -120, 60],
  normal_lps: [-0.6, 0, 0.8],
} as const;

describe("plane pose", () => {
  test("a resection survives the way into the scene and back", () => {
    expect(resectionFromPose("resection-1", poseFromResection(resection))).toEqual(resection);
  });

  test("moving by 5 mm moves the plane by 5 mm along its normal in LPS", () => {
    const moved = resectionFromPose("resection-1", movedAlongNormal(poseFromResection(resection), 5));
    expect(moved.point_lps_mm).toEqual([-43, -120, 64]);
    expect(moved.normal_lps).toEqual(resection.normal_lps);
  });

  test("centring changes the point and not the plane", () => {
    const pose = poseFromResection(resection);
    const centred = centredOn(pose, gltfFromLps([10, -90, 20]));
    expect(signedDistance(pose, centred.point)).toBeCloseTo(0, 12);
    expect(centred.normal.angleTo(pose.normal)).toBeCloseTo(0, 12);
  });

  test("flipping twice changes nothing", () => {
    const pose = poseFromResection(resection);
    expect(flipped(flipped(pose)).normal.angleTo(pose.normal)).toBeCloseTo(0, 12);
    expect(flipped(pose).normal.angleTo(pose.normal)).toBeCloseTo(Math.PI, 12);
  });

  test("a tilt keeps the pivot in the plane and the normal at unit length", () => {
    const pose = rotatedAbout(poseFromResection(resection), new Vector3(0, 1, 0), 0.4);
    expect(signedDistance(pose, poseFromResection(resection).point)).toBeCloseTo(0, 12);
    expect(pose.normal.length()).toBeCloseTo(1, 12);
  });
});

describe("sheet orientation", () => {
  test.each([
    [new Vector3(-1, 0, 0)],
    [new Vector3(0, 1, 0)],
    [new Vector3(0.2, -0.97, 0.1).normalize()],
    [new Vector3(0.5, 0.5, 0.7).normalize()],
  ])("local +z is the normal and the axes are right-handed for %o", (normal) => {
    const { right, up } = inPlaneAxes(normal);
    expect(right.clone().cross(up).dot(normal)).toBeCloseTo(1, 6);
    const z = new Vector3(0, 0, 1).applyQuaternion(sheetQuaternion(normal));
    expect(z.angleTo(normal)).toBeCloseTo(0, 6);
  });
});

describe("first plane", () => {
  const liver = gltfFromLps([-40, -100, 100]);

  test("goes through gallbladder and vena cava and resects the patient's right", () => {
    const gallbladder = gltfFromLps([-50, -150, 60]);
    const cava = gltfFromLps([-10, -60, 120]);
    const pose = proposedStart(liver, gallbladder, cava);
    // It stands upright, so both lie in it whatever their height.
    expect(signedDistance(pose, gallbladder) * 1000).toBeCloseTo(0, 6);
    expect(signedDistance(pose, cava) * 1000).toBeCloseTo(0, 6);
    expect(pose.normal.x).toBeLessThan(0);
    expect(pose.normal.y).toBeCloseTo(0, 12);
  });

  test("without landmarks it halves the liver's box", () => {
    const pose = proposedStart(liver, null, null);
    expect(signedDistance(pose, liver)).toBeCloseTo(0, 12);
    expect(pose.normal.toArray()).toEqual([-1, 0, 0]);
  });
});
