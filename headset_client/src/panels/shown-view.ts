// The words for what is on screen now: the plan, or the proposal that is looked at in its place.
import { numbersLookedAt } from "../session/looked-at";
import type { SessionState } from "../session/session-state";
import { type NumbersView, viewNumbers } from "./numbers-view";

export function numbersOf(state: SessionState, ghost: string | null): NumbersView | null {
  const shown = state.scene && numbersLookedAt(state, ghost);
  return state.scene && shown ? viewNumbers(shown, state.scene) : null;
}
