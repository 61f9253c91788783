// Where a person is, between the room and the patient: LPS millimetres on the wire, the patient's group on screen.
import { Matrix4, type Object3D, Quaternion, Vector3 } from "three";
import { gltfDirectionFromLps, gltfFromLps, lpsDirectionFromGltf, lpsFromGltf } from "../geometry/patient-frame";
import type { PersonPose, PoseState, RayState } from "../protocol";

const fromWorld = new Matrix4();
const position = new Vector3();
const turn = new Quaternion();
const patientTurn = new Quaternion();
const axis = new Vector3();

/** A head or a hand of the room, as the wire says it. */
export function poseInPatient(patient: Object3D, place: Vector3, quaternion: Quaternion): PoseState {
  patient.getWorldQuaternion(patientTurn).invert();
  turn.multiplyQuaternions(patientTurn, quaternion).normalize();
  const [x, y, z] = lpsDirectionFromGltf(axis.set(turn.x, turn.y, turn.z));
  return { position_lps_mm: pointInPatient(patient, place), quaternion: [x, y, z, turn.w] };
}

export function pointInPatient(patient: Object3D, place: Vector3): RayState["from_lps_mm"] {
  return lpsFromGltf(position.copy(place).applyMatrix4(fromWorld.copy(patient.matrixWorld).invert()));
}

/** Puts a thing of the patient's group where the wire says it is. */
export function placeInPatient({ position_lps_mm, quaternion: [x, y, z, w] }: PoseState, thing: Object3D): void {
  gltfFromLps(position_lps_mm, thing.position);
  const { x: a, y: b, z: c } = gltfDirectionFromLps([x, y, z], axis);
  thing.quaternion.set(a, b, c, w);
}

/** Nobody sees the difference: it need not be sent. */
export function isSamePose(one: PersonPose | null, other: PersonPose | null): boolean {
  return JSON.stringify(rounded(one)) === JSON.stringify(rounded(other));
}

function rounded(pose: PersonPose | null): unknown {
  if (pose === null) return null;
  const round = (values: readonly number[], to: number) => values.map((value) => Math.round(value / to));
  const place = (one: PoseState | null) => one && [round(one.position_lps_mm, 0.5), round(one.quaternion, 0.002)];
  const ray = pose.ray && [round(pose.ray.from_lps_mm, 0.5), round(pose.ray.to_lps_mm, 0.5)];
  return [place(pose.head), place(pose.left), place(pose.right), ray, pose.model_scale.toFixed(2)];
}
