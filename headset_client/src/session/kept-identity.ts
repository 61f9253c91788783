// Who this tab was in a case: kept while the page is away, so that a reload comes back as the same person.

export interface Identity {
  readonly clientId: string;
  readonly resumeToken: string;
}

const KEY = "cantlie-identity-";

/** Taken out, so that a copy of the tab is somebody else and does not end this one's connection. */
export function takeIdentity(caseId: string): Identity | null {
  try {
    const kept = sessionStorage.getItem(KEY + caseId);
    sessionStorage.removeItem(KEY + caseId);
    return kept === null ? null : identityFrom(JSON.parse(kept));
  } catch {
    return null; // storage is refused, or holds something else: a new person comes
  }
}

export function keepIdentity(caseId: string, identity: Identity): void {
  try {
    sessionStorage.setItem(KEY + caseId, JSON.stringify(identity));
  } catch {
    // A reload will come as somebody new.
  }
}

function identityFrom(value: unknown): Identity | null {
  if (typeof value !== "object" || value === null) return null;
  const { clientId, resumeToken } = value as Record<string, unknown>;
  return typeof clientId === "string" && typeof resumeToken === "string" ? { clientId, resumeToken } : null;
}
