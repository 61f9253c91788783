// All plans of the case as this client knows them, and which of them this person looks at.
import { FIRST_PLAN_ID, type PlanEntry, type Plans } from "../protocol";
import type { Plan } from "./session-state";

export interface PlanBook {
  /** In the order they were made; empty until the list has arrived. */
  readonly entries: readonly PlanEntry[];
  /** What they say, by plan; a plan can be in here before it is in the list, and the other way round. */
  readonly contents: ReadonlyMap<string, Plan>;
  readonly lookedAt: string;
  /** sha256 of the label map that numbers are counted on. */
  readonly segmentation: string;
  /** Of the list. */
  readonly listed: number;
  /** The newest revision of anything. */
  readonly newest: number;
}

export const UNKNOWN_PLAN: Plan = { revision: 0, resections: [], body: null, measurements: [], pins: [] };

export const EMPTY_BOOK: PlanBook = {
  entries: [],
  contents: new Map(),
  lookedAt: FIRST_PLAN_ID,
  segmentation: "",
  listed: 0,
  newest: 0,
};

export function withContent(book: PlanBook, planId: string, plan: Plan): PlanBook {
  const contents = new Map(book.contents).set(planId, plan);
  return { ...book, contents, newest: Math.max(book.newest, plan.revision) };
}

/** Who looks at a plan that is gone looks at the one it came from, or at the first there is. */
export function withList(book: PlanBook, message: Plans): PlanBook {
  const alive = new Set(message.plans.map((entry) => entry.plan_id));
  const contents = new Map([...book.contents].filter(([id]) => alive.has(id) || !book.entries.some(is(id))));
  const origin = book.entries.find(is(book.lookedAt))?.origin?.plan_id ?? "";
  const fallback = alive.has(origin) ? origin : (message.plans[0]?.plan_id ?? FIRST_PLAN_ID);
  return {
    entries: message.plans,
    contents,
    lookedAt: alive.has(book.lookedAt) ? book.lookedAt : fallback,
    segmentation: message.segmentation,
    listed: message.revision,
    newest: Math.max(book.newest, message.revision),
  };
}

export function entryLookedAt(book: PlanBook): PlanEntry | null {
  return book.entries.find(is(book.lookedAt)) ?? null;
}

export function contentOf(book: PlanBook, planId: string): Plan {
  return book.contents.get(planId) ?? UNKNOWN_PLAN;
}

/** "Plan 2", or the first number that no plan has. */
export function freeName(book: PlanBook, name: (number: number) => string): string {
  const taken = new Set(book.entries.map((entry) => entry.name));
  for (let number = book.entries.length + 1; ; number++) {
    if (!taken.has(name(number))) return name(number);
  }
}

function is(planId: string): (entry: PlanEntry) => boolean {
  return (entry) => entry.plan_id === planId;
}
