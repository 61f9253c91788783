// The WebXR session: our own controller profiles, no emulator, no features nobody asked for.
import { createXRStore, type XRStore } from "@react-three/xr";
import { CLICK_THRESHOLD_MS, PlanningHand } from "./planning-hand";
import { handlesFirst } from "./resection-grab";

const pointer = { clickThresholdMs: CLICK_THRESHOLD_MS };

export function createHeadsetStore(): XRStore {
  return createXRStore({
    emulate: false,
    offerSession: false,
    enterGrantedSession: false,
    baseAssetPath: new URL(`${import.meta.env.BASE_URL}profiles/`, location.href).href,
    foveation: 0.6,
    anchors: false,
    meshDetection: false,
    planeDetection: false,
    hitTest: false,
    bodyTracking: false,
    domOverlay: false,
    controller: { rayPointer: pointer, grabPointer: { ...pointer, customSort: handlesFirst } },
    hand: PlanningHand,
    transientPointer: pointer,
    gaze: pointer,
  });
}

/** Passthrough if asked for and possible; some headsets say they can and cannot, so VR follows where it fails. */
export async function enterHeadset(store: XRStore, mode: "vr" | "ar"): Promise<void> {
  if (mode === "ar") {
    try {
      await store.enterAR();
      return;
    } catch (error) {
      console.info("passthrough did not start, entering VR instead", error);
    }
  }
  await store.enterVR();
}
