// A state of the session as it was, shown in place of the live one: plan, numbers and notes are of then, people of now.
import type { Numbers, NumbersFailed, PlanState, ReplayedNumbers, ReplayedPlans } from "../protocol";
import { NO_CUTS } from "./cuts-state";
import { contentOf, type PlanBook } from "./plan-book";
import { NO_SEARCH } from "./proposal-search";
import type { Plan, SessionState } from "./session-state";

export interface Past {
  readonly plans: ReplayedPlans;
  readonly lookedAt: string;
  /** Of plans as they were, whenever: those that fit are shown. */
  readonly numbers: ReadonlyMap<string, ReplayedNumbers>;
}

/** By what the numbers of a plan are known: the plan, and the change that made it what it is. */
export function numbersKey(planId: string, revision: number): string {
  return `${planId}@${revision}`;
}

export function withPast(live: SessionState, past: Past): SessionState {
  const { plans } = past.plans;
  const contents = new Map(past.plans.contents.map((one) => [one.plan_id ?? "", contentOfState(one)] as const));
  const lookedAt = contents.has(past.lookedAt) ? past.lookedAt : (plans.plans[0]?.plan_id ?? past.lookedAt);
  const book: PlanBook = {
    entries: plans.plans,
    contents,
    lookedAt,
    segmentation: plans.segmentation,
    listed: plans.revision,
    newest: plans.revision,
  };
  const known = new Map(
    [...contents].flatMap(([planId, { revision }]) => {
      const found = past.numbers.get(numbersKey(planId, revision));
      return found ? [[planId, { found, message: messageOf(found, planId, revision) }] as const] : [];
    }),
  );
  return {
    ...live,
    past: past.plans.revision,
    book,
    plan: contentOf(book, lookedAt),
    planKnown: true,
    previews: new Map(),
    held: null,
    pending: [],
    numbers: {
      committed: known.get(lookedAt)?.message ?? null,
      ofPlans: new Map([...known].map(([planId, { message }]) => [planId, message] as const)),
      previews: new Map(),
    },
    measured: new Map(
      [...known.values()].flatMap(({ found }) => found.measured.map((value) => [value.measurement_id, value] as const)),
    ),
    proposals: NO_SEARCH,
    cuts: NO_CUTS,
    undoable: { undo: null, redo: null },
  };
}

function contentOfState({ revision, resections, body, measurements, pins }: PlanState): Plan {
  return { revision, resections, body: body ?? null, measurements: measurements ?? [], pins: pins ?? [] };
}

function messageOf(found: ReplayedNumbers, planId: string, revision: number): Numbers | NumbersFailed {
  const head = { revision, plan_id: planId, preview_by: null, sequence: null };
  return found.numbers
    ? { type: "numbers", ...head, numbers: found.numbers }
    : { type: "numbers.failed", ...head, message: found.message, cure: found.cure };
}
