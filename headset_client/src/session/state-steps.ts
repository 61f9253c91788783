// Steps that what arrives and what the person does have in common.

import { contentOf } from "./plan-book";
import type { SessionState, Toast } from "./session-state";
import { forgetPreviewNumbers } from "./shown-numbers";

/** The plan looked at and its numbers, taken out of the book. */
export function lookingAt(state: SessionState): SessionState {
  const { lookedAt, contents } = state.book;
  const plan = contentOf(state.book, lookedAt);
  const committed = state.numbers.ofPlans.get(lookedAt) ?? null;
  const planKnown = contents.has(lookedAt);
  if (plan === state.plan && planKnown === state.planKnown && committed === state.numbers.committed) return state;
  return { ...state, plan, planKnown, numbers: { ...state.numbers, committed } };
}

/** An operation stays laid over the plan until a plan that contains it has arrived. */
export function settled(state: SessionState): SessionState {
  const pending = state.pending.filter(
    (operation) =>
      operation.revision === null ||
      // What is not laid over the plan may have been about the list of plans, or about another plan.
      operation.revision >
        (operation.kind === "asked" ? state.book.newest : contentOf(state.book, operation.planId).revision),
  );
  if (pending.length === state.pending.length) return state;
  const mine = state.me?.clientId;
  const numbers = pending.length === 0 && mine ? forgetPreviewNumbers(state.numbers, mine) : state.numbers;
  return { ...state, pending, numbers };
}

export function tell(state: SessionState, message: string, cure: string, stays = false): SessionState {
  const toast: Toast = { id: state.nextToast, message, cure, stays };
  return { ...state, toasts: [...state.toasts.slice(-2), toast], nextToast: state.nextToast + 1 };
}
