// Parts of the app's state as React sees them.
import { useEffect } from "react";
import { useStore } from "zustand";
import type { FrameInfo, PlanningApp } from "../planning-app";
import type { SessionState } from "../session/session-state";
import type { UiState } from "../ui-state";

export function useSession<T>(app: PlanningApp, select: (state: SessionState) => T): T {
  return useStore(app.session.state, select);
}

export function useUi<T>(app: PlanningApp, select: (state: UiState) => T): T {
  return useStore(app.ui, select);
}

/** Runs after every rendered frame, outside React: for what follows the camera. */
export function useRenderedFrame(app: PlanningApp, run: (info: FrameInfo) => void): void {
  useEffect(() => app.onFrame(run), [app, run]);
}
