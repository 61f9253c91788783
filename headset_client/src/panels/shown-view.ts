// The words for what is on screen now: the plan, or the proposal that is looked at in its place.
import type { SessionState } from "../session/session-state";
import { type ShownNumbers, shownNumbers } from "../session/shown-numbers";
import { type NumbersView, viewNumbers } from "./numbers-view";

export function numbersOf(state: SessionState, ghost: string | null): NumbersView | null {
  if (!state.scene) return null;
  const proposal = ghost === null ? null : state.proposals.found?.find((one) => one.proposal_id === ghost);
  const shown: ShownNumbers | null =
    proposal && !state.held
      ? { numbers: proposal.numbers, revision: state.plan.revision, previewBy: null, sequence: null, stale: false }
      : shownNumbers(state);
  return shown && viewNumbers(shown, state.scene);
}
