// Which other plans and versions are laid over the one on screen, and what is compared.
import type { PlanToCompare, ResectionState } from "../protocol";
import { contentOf } from "./plan-book";
import type { SessionState } from "./session-state";

export interface Candidate {
  /** "plan-1", or "plan-1/version-7". */
  readonly key: string;
  readonly name: string;
  readonly resections: readonly ResectionState[];
}

/** All plans and versions, each plan before its versions. */
export function candidates(state: Pick<SessionState, "book">, ofVersion: (plan: string, version: string) => string) {
  return state.book.entries.flatMap((entry): readonly Candidate[] => [
    { key: entry.plan_id, name: entry.name, resections: contentOf(state.book, entry.plan_id).resections },
    ...entry.versions.map((version) => ({
      key: `${entry.plan_id}/${version.version_id}`,
      name: ofVersion(entry.name, version.name),
      resections: version.resections,
    })),
  ]);
}

/** What is looked at is no ghost of itself. */
export function ghostPlans(
  state: Pick<SessionState, "book">,
  chosen: ReadonlySet<string>,
  ofVersion: (plan: string, version: string) => string,
): readonly Candidate[] {
  if (chosen.size === 0) return [];
  return candidates(state, ofVersion).filter(({ key }) => chosen.has(key) && key !== state.book.lookedAt);
}

const MOST_COMPARED = 8;
const MOST_NAME = 64;

/** The plan looked at first: differences are from it. */
export function toCompare(all: readonly Candidate[], lookedAt: string): readonly PlanToCompare[] {
  const first = all.filter(({ key }) => key === lookedAt);
  return [...first, ...all.filter(({ key }) => key !== lookedAt)]
    .slice(0, MOST_COMPARED)
    .map(({ name, resections }) => ({ name: name.slice(0, MOST_NAME), resections }));
}
