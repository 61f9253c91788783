// While a hand drags, the state changes with every move of it: this tells such a change from all others.
import type { SessionState } from "./session-state";
import { shownNumbers } from "./shown-numbers";

/** True where the held resection is at another place and nothing else is different. */
export function onlyTheHandMoved(before: SessionState, now: SessionState): boolean {
  if (!before.held || !now.held) return false;
  if (before.held.resection.resection_id !== now.held.resection.resection_id) return false;
  for (const name in now) {
    const part = name as keyof SessionState;
    if (part !== "held" && before[part] !== now[part]) return false;
  }
  return true;
}

/** The state for what shows numbers and names: it stays the one it was while a hand moves and its numbers are not old. */
export function stateAtRest(): (state: SessionState) => SessionState {
  let kept: SessionState | null = null;
  return (state) => {
    const isKept =
      kept !== null && onlyTheHandMoved(kept, state) && shownNumbers(kept)?.stale === shownNumbers(state)?.stale;
    if (!isKept || kept === null) kept = state;
    return kept;
  };
}
