// A code as a person types it, and where they go once they are in.
import { CODE_ALPHABET, CODE_LENGTH } from "../protocol";

/** What is left of typed or pasted text that can be part of a code: capitals, no marks, look-alikes read as meant. */
export function codeFrom(text: string): string {
  return [...text.toUpperCase().replaceAll("U", "V")]
    .filter((letter) => CODE_ALPHABET.includes(letter))
    .join("")
    .slice(0, CODE_LENGTH);
}

/** A secret that stands behind the # of a link. */
export function secretIn(hash: string): { readonly by: "link" | "key"; readonly secret: string } | null {
  const found = /^#(link|key)=([A-Za-z0-9_-]{1,128})$/.exec(hash);
  return found?.[1] && found[2] ? { by: found[1] === "key" ? "key" : "link", secret: found[2] } : null;
}

/** Only pages of ours: an address from elsewhere leads to the start. */
export function whereNext(search: string, caseId: string | null): string {
  if (caseId !== null) return `/cases/${encodeURIComponent(caseId)}`;
  const next = new URLSearchParams(search).get("next") ?? "/";
  return /^\/(cases\/[A-Za-z0-9_.-]+)?$/.test(next) ? next : "/";
}
