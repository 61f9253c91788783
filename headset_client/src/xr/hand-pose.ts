// Where a tracked hand is and where it aims, in metres of the room.
import type { WebXRManager } from "three";

/** The hand's grip, or the start of its ray (along -z). Undefined where it is not tracked now. */
export function handPose(
  manager: WebXRManager,
  hand: XRHandedness,
  space: "gripSpace" | "targetRaySpace",
): XRRigidTransform | undefined {
  const frame = manager.getFrame();
  const room = manager.getReferenceSpace();
  if (!frame || !room) return undefined;
  for (const source of frame.session.inputSources) {
    const own = source.handedness === hand ? source[space] : undefined;
    const pose = own && frame.getPose(own, room);
    if (pose) return pose.transform;
  }
  return undefined;
}
