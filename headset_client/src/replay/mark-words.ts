// What a mark of the timeline says.
import type { ReplayMark } from "../protocol";
import { language, strings } from "../strings";

export function wordsOf({ kind, cut, name }: ReplayMark): string {
  const words = strings.replay;
  const of: (cut: string, name: string) => string = words.did[kind];
  return of(cut === null ? words.aCut : words.cut(cut), name);
}

/** What is decided, and is looked for on a timeline. */
export function isDecision({ kind }: ReplayMark): boolean {
  return kind === "proposed" || kind === "confirmed" || kind === "withdrawn" || kind === "version";
}

/** The instant as people read it; the day only where it is not today. */
export function timeOf(realMs: number): string {
  const at = new Date(realMs);
  if (realMs === 0) return "";
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(language, { timeStyle: "medium", ...(today ? {} : { dateStyle: "medium" }) });
}
