// What the scene shows: the committed plan, with what hands are doing right now laid over it.
import type { ResectionState } from "../protocol";
import type { SessionState } from "./session-state";

export interface DisplayedResection {
  readonly resection: ResectionState;
  /** Who holds it now, if anybody. */
  readonly heldBy: string | null;
}

type Shown = Pick<SessionState, "plan" | "book" | "pending" | "previews" | "held" | "me">;

/** The last one and what it was made of: many ask, several times a frame while a hand drags. */
let last: { readonly of: Shown; readonly plan: readonly DisplayedResection[] } | null = null;

export function displayedPlan(state: SessionState): readonly DisplayedResection[] {
  if (!last || !isSame(last.of, state)) last = { of: state, plan: laidOver(state) };
  return last.plan;
}

function isSame(one: Shown, other: Shown): boolean {
  return (
    one.plan === other.plan &&
    one.held === other.held &&
    one.previews === other.previews &&
    one.pending === other.pending &&
    one.book.lookedAt === other.book.lookedAt &&
    one.me === other.me
  );
}

function laidOver(state: Shown): readonly DisplayedResection[] {
  const shown = new Map<string, DisplayedResection>();
  for (const resection of state.plan.resections) shown.set(resection.resection_id, { resection, heldBy: null });
  const { lookedAt } = state.book;
  for (const pending of state.pending) {
    if (pending.planId !== lookedAt) continue;
    if (pending.kind === "remove") shown.delete(pending.resectionId);
    else if (pending.kind === "replace") {
      shown.clear();
      for (const resection of pending.resections) shown.set(resection.resection_id, { resection, heldBy: null });
    } else if (pending.kind === "commit")
      shown.set(pending.resection.resection_id, { resection: pending.resection, heldBy: null });
  }
  for (const [id, preview] of state.previews) {
    if (preview.planId === lookedAt) shown.set(id, { resection: preview.resection, heldBy: preview.by });
  }
  if (state.held) {
    shown.set(state.held.resection.resection_id, {
      resection: state.held.resection,
      heldBy: state.me?.clientId ?? null,
    });
  }
  return [...shown.values()];
}

/** The person who holds the resection, other than this client. */
export function otherHolder(state: SessionState, resectionId: string): string | null {
  const preview = state.previews.get(resectionId);
  if (preview) return preview.by;
  const holder = state.people.find((person) => person.holding === resectionId);
  return holder && holder.client_id !== state.me?.clientId ? holder.client_id : null;
}
