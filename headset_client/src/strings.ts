// Every word a person reads, in one place. English; another language is another object of the same shape.
import { headsetWords } from "./words/headset";
import { helpWords } from "./words/help";
import { planningWords } from "./words/planning";
import { readingWords } from "./words/reading";
import { sessionWords } from "./words/session";

export { formatMl, formatMm, formatNumber, formatPercent } from "./words/format";

export const strings = {
  product: "Cantlie",
  notice: "Research use, not a medical device",
  noticeShort: "Research use only",
  ...sessionWords,
  ...readingWords,
  ...planningWords,
  ...headsetWords,
  ...helpWords,
} as const;
