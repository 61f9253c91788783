import {
  CombinedPointer,
  DefaultXRHandTouchPointer,
  DefaultXRInputSourceRayPointer,
  useGrabPointer,
  usePointerXRInputSourceEvents,
  useXRInputSourceStateContext,
  XRHandModel,
  XRSpace,
} from "@react-three/xr";
import { Suspense, useRef } from "react";
import type { Group } from "three";
import { handlesFirst } from "./resection-grab";

/** A slow press is still a click: the library's 300 ms silently drops it. */
export const CLICK_THRESHOLD_MS = 10_000;
const POINTER = { clickThresholdMs: CLICK_THRESHOLD_MS };
const GRAB = { ...POINTER, customSort: handlesFirst };
/** From the wrist to where finger and thumb meet, metres; the hand's -Z points to the fingertips. */
const PINCH_POINT = [0, -0.03, -0.14] as const;
const RAY_FROM_M = 0.2;
const RAY_LENGTH_M = 0.2;

/**
 * A hand that grabs with the wrist's pose. The library takes the fingertip's, which turns by tens of
 * degrees while the fingers close and open: a plane would jump as it is taken and again as it is let go.
 */
export function PlanningHand() {
  return (
    <>
      <Suspense>
        <XRHandModel />
      </Suspense>
      <CombinedPointer>
        <SteadyGrabPointer />
        <DefaultXRHandTouchPointer {...POINTER} />
        <DefaultXRInputSourceRayPointer
          makeDefault
          minDistance={RAY_FROM_M}
          rayModel={{ maxLength: RAY_LENGTH_M }}
          {...POINTER}
        />
      </CombinedPointer>
    </>
  );
}

function SteadyGrabPointer() {
  const state = useXRInputSourceStateContext("hand");
  const pinchPoint = useRef<Group>(null);
  const pointer = useGrabPointer(pinchPoint, state, GRAB);
  usePointerXRInputSourceEvents(pointer, state.inputSource, "select", state.events);
  return (
    <XRSpace space="wrist">
      <group ref={pinchPoint} position={PINCH_POINT} />
    </XRSpace>
  );
}
