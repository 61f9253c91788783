// Parts of the app's state as React sees them.
import { useEffect, useMemo } from "react";
import { useStore } from "zustand";
import type { FrameInfo, PlanningApp } from "../planning-app";
import { stateAtRest } from "../session/hand-moved";
import type { SessionState } from "../session/session-state";
import type { UiState } from "../ui-state";

export function useSession<T>(app: PlanningApp, select: (state: SessionState) => T): T {
  return useStore(app.session.state, select);
}

/** All of the session's state, but not every move of a hand that drags: no panel is laid out anew for one. */
export function useSessionAtRest(app: PlanningApp): SessionState {
  const select = useMemo(() => stateAtRest(), []);
  return useStore(app.session.state, select);
}

export function useUi<T>(app: PlanningApp, select: (state: UiState) => T): T {
  return useStore(app.ui, select);
}

/** Runs after every rendered frame, outside React: for what follows the camera. */
export function useRenderedFrame(app: PlanningApp, run: (info: FrameInfo) => void): void {
  useEffect(() => app.onFrame(run), [app, run]);
}
