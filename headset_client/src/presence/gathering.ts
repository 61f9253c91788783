// Somebody brings everybody to their view and plan, once; who looks alone is asked first.
import { Quaternion, Vector3 } from "three";
import { gltfFromLps } from "../geometry/patient-frame";
import type { PlanningApp } from "../planning-app";
import type { Gathered, PoseState } from "../protocol";
import { strings } from "../strings";
import { placeInPatient, poseInPatient } from "./person-pose";

const UP = new Vector3(0, 1, 0);

/** Asks everybody to where this person looks from. */
export function gatherPeople(app: PlanningApp): void {
  const { viewport, planning, session } = app;
  if (!viewport) return;
  const { xr } = viewport.renderer;
  const eyes = xr.isPresenting ? xr.getCamera() : viewport.camera;
  const place = new Vector3();
  const turn = new Quaternion();
  eyes.matrixWorld.decompose(place, turn, new Vector3());
  session.gather(poseInPatient(planning.patient, place, turn));
  session.tell(strings.gathering.sent, strings.gathering.sentCure);
}

/** What comes of being asked. */
export function gathered(app: PlanningApp, message: Gathered): void {
  const { privateView, xrMode } = app.ui.getState();
  if (!privateView && !app.replay.isOpen) {
    goThere(app, message);
    return;
  }
  if (xrMode === "desktop") app.ui.setState({ asked: message });
  else app.session.tell(strings.gathering.asks(nameOf(app, message)), "");
}

/** To the plan and the view of who asked. */
export function goThere(app: PlanningApp, message: Gathered): void {
  const { plan_id, head } = message;
  app.replay.close();
  app.ui.setState({ asked: null });
  app.session.lookAt(plan_id);
  if (app.ui.getState().xrMode === "desktop") standThere(app, head);
  else turnModel(app, head);
  const { gathered: told, gatheredCure } = strings.gathering;
  app.session.tell(told(nameOf(app, message)), gatheredCure);
  app.requestFrame();
}

function nameOf({ session }: PlanningApp, { client_id }: Gathered): string {
  const person = session.state.getState().people.find((one) => one.client_id === client_id);
  return person?.display_name || strings.people.someone;
}

/** At a screen the camera stands where the other's eyes are, and looks the same way. */
export function standThere({ viewport, view, planning }: PlanningApp, head: PoseState): void {
  if (!viewport || !view) return;
  const { camera } = viewport;
  placeInPatient(head, camera);
  planning.patient.localToWorld(camera.position);
  camera.quaternion.premultiply(planning.patient.getWorldQuaternion(new Quaternion()));
  const reach = camera.position.distanceTo(planning.stage.position);
  view.standAt(new Vector3(0, 0, -reach).applyQuaternion(camera.quaternion).add(camera.position));
}

/** In a headset nobody's eyes are moved for them: the model turns its same side to the person. */
function turnModel({ viewport, planning }: PlanningApp, head: PoseState): void {
  if (!viewport) return;
  const { stage, patient } = planning;
  const theirs = patient.localToWorld(gltfFromLps(head.position_lps_mm, new Vector3()));
  theirs.sub(stage.position).setY(0);
  const mine = new Vector3().setFromMatrixPosition(viewport.renderer.xr.getCamera().matrixWorld);
  mine.sub(stage.position).setY(0);
  if (theirs.lengthSq() < 1e-6 || mine.lengthSq() < 1e-6) return;
  const angle = Math.atan2(mine.x, mine.z) - Math.atan2(theirs.x, theirs.z);
  stage.quaternion.premultiply(new Quaternion().setFromAxisAngle(UP, angle));
  stage.updateMatrixWorld(true);
  patient.updateMatrixWorld(true);
}
