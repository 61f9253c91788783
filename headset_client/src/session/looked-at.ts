// What this person looks at: the plan, or a proposal in its place.
import type { PlanNumbers } from "../protocol";
import { type DisplayedResection, displayedPlan } from "./displayed-plan";
import type { SessionState } from "./session-state";
import { type ShownNumbers, shownNumbers } from "./shown-numbers";

function proposalOf(state: SessionState, ghost: string | null) {
  if (ghost === null || state.held) return undefined;
  return state.proposals.found?.find((one) => one.proposal_id === ghost);
}

export function planLookedAt(state: SessionState, ghost: string | null): readonly DisplayedResection[] {
  const proposal = proposalOf(state, ghost);
  if (proposal) return proposal.resections.map((resection) => ({ resection, heldBy: null }));
  return displayedPlan(state);
}

export function numbersLookedAt(state: SessionState, ghost: string | null): ShownNumbers | null {
  const proposal = proposalOf(state, ghost);
  if (!proposal) return shownNumbers(state);
  return { numbers: proposal.numbers, revision: state.plan.revision, previewBy: null, sequence: null, stale: false };
}

/** The same, where they are those of what is on screen now. */
export function freshNumbersLookedAt(state: SessionState, ghost: string | null): PlanNumbers | null {
  const shown = numbersLookedAt(state, ghost);
  return shown && !shown.stale ? shown.numbers : null;
}
