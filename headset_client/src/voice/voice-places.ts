// Where each voice comes from: the head of who wears a headset, what others point at, else where they look from.
import { Vector3 } from "three";
import { gltfFromLps } from "../geometry/patient-frame";
import type { PlanningApp } from "../planning-app";
import type { PersonPose, PointLps } from "../protocol";
import type { Hearing } from "./hearing";

const place = new Vector3();

/** Patient LPS mm. */
export function speaksFrom(pose: PersonPose, wearsHeadset: boolean): PointLps {
  return wearsHeadset || !pose.ray ? pose.head.position_lps_mm : pose.ray.to_lps_mm;
}

/** Once a frame. */
export function placeVoices(app: PlanningApp, hearing: Hearing, isSpatial: boolean): void {
  const { viewport, planning, presence } = app;
  if (!viewport) return;
  const { xr } = viewport.renderer;
  hearing.standAt(xr.isPresenting ? xr.getCamera() : viewport.camera);
  const { people, voice } = app.session.state.getState();
  for (const { client_id, seat } of voice.people) {
    const pose = isSpatial ? presence?.poseOf(client_id) : undefined;
    if (!pose) {
      hearing.place(seat, null);
      continue;
    }
    const wearsHeadset = people.find((one) => one.client_id === client_id)?.device === "headset";
    gltfFromLps(speaksFrom(pose, wearsHeadset), place);
    hearing.place(seat, planning.patient.localToWorld(place));
  }
}
