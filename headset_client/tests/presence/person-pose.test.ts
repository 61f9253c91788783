import { Group, Object3D, Quaternion, Vector3 } from "three";
import { describe, expect, it } from "vitest";
import { isSamePose, placeInPatient, pointInPatient, poseInPatient } from "../../src/presence/person-pose";
import type { PersonPose } from "../../src/protocol";

const rounded = (values: readonly number[]) => values.map((value) => Math.round(value * 1e4) / 1e4 + 0);

/** A patient in the room: moved, turned by 90 degrees about the upright, three times life size. */
function patientInRoom(): Object3D {
  const stage = new Group();
  stage.position.set(1, 1.2, -0.5);
  stage.rotateY(Math.PI / 2);
  stage.scale.setScalar(3);
  const patient = new Group();
  stage.add(patient);
  stage.updateMatrixWorld(true);
  return patient;
}

describe("a person's place", () => {
  it("is said in patient millimetres, whatever the room did to the model", () => {
    const patient = patientInRoom();
    // 0.3 m along the room's -z from the model: it was turned, so that is the patient's left; 0.1 m in the patient.
    expect(rounded(pointInPatient(patient, new Vector3(1, 1.2, -0.8)))).toEqual([100, 0, 0]);
  });

  it("comes out of the wire where and as it went in", () => {
    const patient = patientInRoom();
    const turn = new Quaternion(0.1, 0.5, -0.3, 0.8).normalize();
    const place = new Vector3(0.2, 1.7, 0.4);
    const thing = new Object3D();
    patient.add(thing);
    placeInPatient(poseInPatient(patient, place, turn), thing);
    patient.updateMatrixWorld(true);
    expect(rounded(thing.getWorldPosition(new Vector3()).toArray())).toEqual(rounded(place.toArray()));
    expect(thing.getWorldQuaternion(new Quaternion()).angleTo(turn)).toBeCloseTo(0, 5);
  });

  it("looks to posterior with superior up where it is not turned", () => {
    const pose = poseInPatient(new Group(), new Vector3(), new Quaternion());
    expect(rounded(pose.quaternion)).toEqual([0, 0, 0, 1]);
  });
});

describe("what is sent", () => {
  const pose: PersonPose = {
    head: { position_lps_mm: [1, 2, 3], quaternion: [0, 0, 0, 1] },
    left: null,
    right: null,
    ray: null,
    model_scale: 1,
  };

  it("is nothing while a hand only trembles", () => {
    expect(isSamePose(pose, { ...pose, head: { ...pose.head, position_lps_mm: [1.1, 2.05, 3] } })).toBe(true);
  });

  it.each([
    ["moved by millimetres", { ...pose, head: { ...pose.head, position_lps_mm: [4, 2, 3] } } as PersonPose],
    ["pointing", { ...pose, ray: { from_lps_mm: [0, 0, 0], to_lps_mm: [5, 5, 5] } } as PersonPose],
    ["not to be seen", null],
  ])("is a person %s", (_what, other) => {
    expect(isSamePose(pose, other)).toBe(false);
  });
});
