// Which plans and versions are drawn side by side, and the numbers under each.
import type { HeadlineNumbers, PlanNumbers, ResectionState } from "../protocol";
import { candidates } from "./ghost-plans";
import { contentOf } from "./plan-book";
import type { SessionState } from "./session-state";

export const MOST_SIDE_BY_SIDE = 4;
/** Two livers are what a person in a headset can take in, and what its graphics card can draw. */
export const MOST_IN_HEADSET = 2;

export interface PlanBeside {
  readonly key: string;
  readonly name: string;
  readonly resections: readonly ResectionState[];
  /** Null while they are counted, and of versions. */
  readonly numbers: PlanNumbers | null;
  /** Null where there are none. */
  readonly headlines: HeadlineNumbers | null;
  /** It can be worked on: a plan, not a version that was kept. */
  readonly isPlan: boolean;
}

type Known = Pick<SessionState, "book" | "numbers">;

/** All that are drawn, in their order, the plan worked on among them; empty where it would be alone. */
export function plansSideBySide(state: Known, chosen: readonly string[]): readonly PlanBeside[] {
  if (chosen.length === 0) return [];
  const { lookedAt } = state.book;
  const known = new Map(candidates(state, (plan, version) => `${plan}: ${version}`).map((one) => [one.key, one]));
  const keys = (chosen.includes(lookedAt) ? chosen : [lookedAt, ...chosen]).filter((key) => known.has(key));
  const shown = keys.slice(0, MOST_SIDE_BY_SIDE);
  if (shown.length < 2) return [];
  return shown.map((key) => {
    const { name, resections } = known.get(key) as { name: string; resections: readonly ResectionState[] };
    const numbers = freshNumbersOf(state, key);
    const headlines = numbers ? headlinesOf(numbers) : keptHeadlines(state, key);
    return { key, name, resections, numbers, headlines, isPlan: !key.includes("/") };
  });
}

/** Those drawn beside the plan worked on. */
export function plansBeside(state: Known, chosen: readonly string[]): readonly PlanBeside[] {
  return plansSideBySide(state, chosen).filter(({ key }) => key !== state.book.lookedAt);
}

/** Puts it beside, or takes it away; who is full takes no more. */
export function toggledBeside(chosen: readonly string[], key: string, lookedAt: string): readonly string[] {
  if (chosen.includes(key)) {
    const left = chosen.filter((one) => one !== key);
    return left.some((one) => one !== lookedAt) ? left : [];
  }
  const before = chosen.includes(lookedAt) ? chosen : [lookedAt, ...chosen];
  return before.length < MOST_SIDE_BY_SIDE ? [...before, key] : chosen;
}

/** The plan worked on and the ones after it, for who asks for no one in particular. */
export function firstSideBySide(state: Pick<SessionState, "book">, most = 2): readonly string[] {
  const { entries, lookedAt } = state.book;
  const others = entries.map(({ plan_id }) => plan_id).filter((id) => id !== lookedAt);
  return others.length === 0 ? [] : [lookedAt, ...others.slice(0, most - 1)];
}

function freshNumbersOf({ book, numbers }: Known, planId: string): PlanNumbers | null {
  const answer = numbers.ofPlans.get(planId);
  return answer?.type === "numbers" && answer.revision >= contentOf(book, planId).revision ? answer.numbers : null;
}

/** A version keeps the numbers it had. */
function keptHeadlines({ book }: Known, key: string): HeadlineNumbers | null {
  const [planId, versionId] = key.split("/");
  const entry = book.entries.find((one) => one.plan_id === planId);
  return entry?.versions.find((version) => version.version_id === versionId)?.numbers ?? null;
}

export function headlinesOf(numbers: PlanNumbers): HeadlineNumbers {
  const liver = numbers.volumes.find((volume) => volume.name === "liver");
  const [nearest] = numbers.margins
    .flatMap(({ tumour, minimum_mm }) => (minimum_mm === null ? [] : [{ tumour, minimum_mm }]))
    .sort((one, other) => one.minimum_mm - other.minimum_mm);
  return {
    resected_ml: liver?.resected_ml ?? null,
    remnant_ml: liver?.remnant_ml ?? null,
    flr_percent: numbers.flr_percent,
    functional_flr_percent: numbers.function?.functional_flr_percent ?? null,
    devascularised_ml: numbers.function?.devascularised_ml ?? null,
    congested_ml: numbers.function?.congested_ml ?? null,
    cut_area_mm2: numbers.cut_area_mm2,
    least_margin_mm: nearest?.minimum_mm ?? null,
    least_margin_of: nearest?.tumour ?? null,
  };
}
