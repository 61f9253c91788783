// Which of the numbers that arrived are the ones to show: newest by revision, and within a drag by sequence.
import { FIRST_PLAN_ID, type Numbers, type NumbersFailed, type PlanNumbers } from "../protocol";
import type { SessionState } from "./session-state";

/** Previews sent but not answered before the numbers count as stale; about a quarter of a second of dragging. */
const STALE_SEQUENCE_LAG = 15;

export interface NumbersReceived {
  /** Of the plan looked at. */
  readonly committed: Numbers | NumbersFailed | null;
  readonly ofPlans: ReadonlyMap<string, Numbers | NumbersFailed>;
  /** The newest answer to each person's preview. */
  readonly previews: ReadonlyMap<string, Numbers | NumbersFailed>;
}

export const NO_NUMBERS: NumbersReceived = { committed: null, ofPlans: new Map(), previews: new Map() };

export interface ShownNumbers {
  readonly numbers: PlanNumbers;
  readonly revision: number;
  readonly previewBy: string | null;
  readonly sequence: number | null;
  /** True where the plan on screen has moved on from these numbers. */
  readonly stale: boolean;
}

/** Keeps what is newer; numbers that arrive late are dropped. */
export function receiveNumbers(received: NumbersReceived, message: Numbers | NumbersFailed): NumbersReceived {
  if (message.preview_by === null || message.sequence === null) {
    const planId = message.plan_id ?? FIRST_PLAN_ID;
    const known = received.ofPlans.get(planId);
    const older = known !== undefined && message.revision < known.revision;
    return older ? received : { ...received, ofPlans: new Map(received.ofPlans).set(planId, message) };
  }
  const known = received.previews.get(message.preview_by);
  if (known && (known.sequence ?? -1) >= message.sequence) return received;
  return { ...received, previews: new Map(received.previews).set(message.preview_by, message) };
}

export function forgetPreviewNumbers(received: NumbersReceived, by: string): NumbersReceived {
  if (!received.previews.has(by)) return received;
  const previews = new Map(received.previews);
  previews.delete(by);
  return { ...received, previews };
}

/** Why what is on screen has no numbers; null where it has. */
export function numbersFailure(state: SessionState): NumbersFailed | null {
  const answer = previewInForce(state) ?? state.numbers.committed;
  return answer?.type === "numbers.failed" ? answer : null;
}

/** The numbers that belong to what is on screen, or the last ones marked stale. */
export function shownNumbers(state: SessionState): ShownNumbers | null {
  const offline = state.connection.kind !== "online";
  const preview = previewInForce(state);
  if (preview?.type === "numbers.failed") return null;
  if (preview) {
    const lag = state.held ? state.held.sequence - (preview.sequence ?? 0) : 0;
    return shown(preview, offline || lag > STALE_SEQUENCE_LAG);
  }
  const { committed } = state.numbers;
  if (committed?.type !== "numbers") return null;
  const dragged = state.held !== null && state.held.sequence >= state.held.firstSequence;
  const { lookedAt } = state.book;
  const moving =
    dragged ||
    [...state.previews.values()].some((preview) => preview.planId === lookedAt) ||
    state.pending.some((operation) => operation.kind !== "asked" && operation.planId === lookedAt);
  return shown(committed, offline || moving || committed.revision < state.plan.revision);
}

function previewInForce(state: SessionState): Numbers | NumbersFailed | null {
  const mine = state.me ? state.numbers.previews.get(state.me.clientId) : undefined;
  if (state.held) return mine && (mine.sequence ?? -1) >= state.held.firstSequence ? mine : null;
  const { lookedAt } = state.book;
  const mineWaits = state.pending.some((operation) => operation.kind === "commit" && operation.planId === lookedAt);
  if (mineWaits && mine) return mine;
  for (const preview of state.previews.values()) {
    if (preview.planId !== lookedAt) continue;
    const theirs = state.numbers.previews.get(preview.by);
    if (theirs) return theirs;
  }
  return null;
}

function shown(message: Numbers, stale: boolean): ShownNumbers {
  return {
    numbers: message.numbers,
    revision: message.revision,
    previewBy: message.preview_by,
    sequence: message.sequence,
    stale,
  };
}
