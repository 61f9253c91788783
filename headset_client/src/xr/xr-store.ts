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
    // Optional: where the device has them the model is put on a table.
    anchors: true,
    meshDetection: false,
    planeDetection: false,
    hitTest: true,
    bodyTracking: false,
    domOverlay: false,
    controller: { rayPointer: pointer, grabPointer: { ...pointer, customSort: handlesFirst } },
    hand: PlanningHand,
    transientPointer: pointer,
    gaze: pointer,
  });
}

/**
 * Passthrough if asked for and possible; some headsets cannot, or say they can and cannot, so VR follows where it fails.
 * What was entered.
 */
export async function enterHeadset(store: XRStore, mode: "vr" | "ar"): Promise<"vr" | "ar"> {
  if (mode === "ar") {
    try {
      await store.enterAR();
      return "ar";
    } catch (error) {
      console.info("passthrough did not start, entering VR instead", error);
    }
  }
  await store.enterVR();
  return "vr";
}
