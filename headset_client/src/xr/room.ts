// Where things stand around a person in a headset: the model before the chest, the panel beside it, both facing them.
import { type Camera, type Object3D, Quaternion, Vector3 } from "three";

export const MODEL_DISTANCE_M = 1.05;
/** Chest height, seen from the eyes of a seated person. */
const BELOW_EYES_M = 0.3;
const LOWEST_MODEL_M = 0.75;
/** Panels lie this far below the eye line. */
const PANEL_BELOW_EYE_LINE = (15 * Math.PI) / 180;

export interface PlacedPanel {
  readonly group: Object3D;
  /** Metres. */
  readonly halfHeight: number;
}

const UP = new Vector3(0, 1, 0);
const forward = new Vector3();
const eye = new Vector3();
const towards = new Vector3();
const side = new Vector3();

/** Level direction the head faces. */
function facing(head: Camera, target: Vector3): Vector3 {
  head.getWorldDirection(target).setY(0);
  return target.lengthSq() < 1e-6 ? target.set(0, 0, -1) : target.normalize();
}

/** The model is turned so that the person looks from the patient's right front, where the hilum and most cuts show. */
const TURN_TO_RIGHT_FRONT = 0.55;

/** Brings the model before the person. */
export function bringToPerson(stage: Object3D, head: Camera): void {
  eye.setFromMatrixPosition(head.matrixWorld);
  facing(head, forward);
  stage.position.copy(eye).addScaledVector(forward, MODEL_DISTANCE_M);
  stage.position.y = Math.max(LOWEST_MODEL_M, eye.y - BELOW_EYES_M);
  stage.quaternion.setFromAxisAngle(UP, Math.atan2(-forward.x, -forward.z) + TURN_TO_RIGHT_FRONT);
}

/** Room kept between the panel and the floor. */
const ABOVE_FLOOR_M = 0.06;

/**
 * Puts the panel beside the model, right (1) or left (-1) seen from the person, and turns it to them; never into the
 * floor.
 */
export function placeBeside(panel: PlacedPanel, stage: Object3D, modelRadius: number, head: Camera, at: 1 | -1): void {
  const { group, halfHeight } = panel;
  eye.setFromMatrixPosition(head.matrixWorld);
  towards.subVectors(stage.position, eye).setY(0);
  const distance = Math.max(0.5, towards.length());
  towards.normalize();
  side.crossVectors(towards, UP);
  group.position
    .copy(eye)
    .addScaledVector(towards, distance * 0.92)
    .addScaledVector(side, at * (Math.min(0.3, 0.72 * modelRadius) + 0.31));
  group.position.y = Math.max(halfHeight + ABOVE_FLOOR_M, eye.y - Math.tan(PANEL_BELOW_EYE_LINE) * distance);
  faceHead(group);
}

const look = new Quaternion();
const away = new Vector3();
const ACROSS = new Vector3(1, 0, 0);

function faceHead(panel: Object3D): void {
  away.copy(panel.position).sub(eye);
  panel.quaternion.setFromAxisAngle(UP, Math.atan2(-away.x, -away.z));
  panel.quaternion.multiply(look.setFromAxisAngle(ACROSS, Math.atan2(away.y, Math.hypot(away.x, away.z))));
}

/** Turns a board to the head. */
export function faceTowards(board: Object3D, head: Camera): void {
  eye.setFromMatrixPosition(head.matrixWorld);
  faceHead(board);
}

/** The level way to the person's left (-1) or right (1), as they stand before the model. */
export function besideModel(stage: Object3D, head: Camera, at: 1 | -1, target: Vector3): Vector3 {
  eye.setFromMatrixPosition(head.matrixWorld);
  towards.subVectors(stage.position, eye).setY(0).normalize();
  return target.crossVectors(towards, UP).multiplyScalar(at);
}

/** Over the wrist, a little towards the person, facing them. */
export function placeOverWrist(panel: Object3D, wrist: Vector3, head: Camera): void {
  eye.setFromMatrixPosition(head.matrixWorld);
  towards.subVectors(eye, wrist).normalize();
  panel.position.copy(wrist).addScaledVector(UP, OVER_WRIST_M).addScaledVector(towards, TO_EYES_M);
  faceHead(panel);
}

/** Clear of the hand and of what it holds. */
const OVER_WRIST_M = 0.13;
const TO_EYES_M = 0.03;
