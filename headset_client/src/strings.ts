// Every word a person reads, in one place. English is whole; the other languages are words of the same shape.

import type { Sentence } from "./protocol";
import { accessWords } from "./words/access";
import { choiceWords } from "./words/choices";
import { cutsWords } from "./words/cuts";
import { headsetWords } from "./words/headset";
import { helpWords } from "./words/help";
import { chosenLanguage, type Worded, worded } from "./words/language";
import { measuringWords } from "./words/measuring";
import { planningWords } from "./words/planning";
import { planWords } from "./words/plans";
import { presenceWords } from "./words/presence";
import { readingWords } from "./words/reading";
import { replayWords } from "./words/replay";
import { type Told, wordedSentence } from "./words/said";
import { sessionWords } from "./words/session";
import { sideBySideWords } from "./words/side-by-side";
import { spokenWords } from "./words/spoken";
import { voiceWords } from "./words/voice";

export { formatMl, formatMm, formatNumber, formatPercent } from "./words/format";

export const english = {
  product: "Cantlie",
  notice: "Research use, not a medical device",
  noticeShort: "Research use only",
  ...sessionWords,
  ...readingWords,
  ...planningWords,
  ...planWords,
  ...headsetWords,
  ...helpWords,
  ...choiceWords,
  ...cutsWords,
  ...accessWords,
  ...presenceWords,
  ...replayWords,
  ...measuringWords,
  ...sideBySideWords,
  ...voiceWords,
  ...spokenWords,
} as const;

export const language = chosenLanguage();

// Only who reads another language waits for it, and downloads it.
const other =
  language === "de" ? await import("./words/german") : language === "fr" ? await import("./words/french") : null;

export const strings: Worded<typeof english> = other ? worded<typeof english>(english, other.words) : english;

/** A name of anatomy as the server gives it, in the language chosen; a number at its end stays. */
export function anatomical(title: string): string {
  if (!other) return title;
  const { anatomy } = other;
  const [, stem = title, end = ""] = /^(.*?)( \d+| [IV]+[ab]?)?$/.exec(title) ?? [];
  return anatomy[title] ?? (anatomy[stem] ? anatomy[stem] + end : title);
}

/** What the server said, in the language chosen; null where it stays English. */
export function toldByServer(said: Sentence | null | undefined): Told | null {
  return other && said ? wordedSentence(other.said, said) : null;
}

/** Why a proposal is there, in the language chosen. */
export function reasonOf({
  reason,
  clauses,
}: {
  readonly reason: string;
  readonly clauses?: readonly Sentence[];
}): string {
  if (!other || !clauses || clauses.length === 0) return reason;
  const told = clauses.map((clause) => toldByServer({ ...clause, values: (clause.values ?? []).map(anatomical) }));
  if (told.some((one) => one === null)) return reason;
  const sentence = told.map((one) => one?.message).join("; ");
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}
