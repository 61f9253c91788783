// Whether this tab talks in the session of a case, and how: kept over a reload, forgotten with the tab.

export interface Talking {
  readonly isMuted: boolean;
}

const keyOf = (caseId: string) => `cantlie-talks-${caseId}`;

export function keepTalking(caseId: string, talking: Talking | null): void {
  try {
    if (talking === null) sessionStorage.removeItem(keyOf(caseId));
    else sessionStorage.setItem(keyOf(caseId), talking.isMuted ? "muted" : "open");
  } catch {
    // Where storage is refused, a reload ends the conversation.
  }
}

export function keptTalking(caseId: string): Talking | null {
  try {
    const kept = sessionStorage.getItem(keyOf(caseId));
    return kept === "muted" || kept === "open" ? { isMuted: kept === "muted" } : null;
  } catch {
    return null;
  }
}
