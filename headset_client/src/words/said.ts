// The server's sentences in the reader's language: it sends codes and values, and English beside them.
import type { SENTENCES, Sentence } from "../protocol";

/** By code: what happened and the cure; values stand where {} is, first those of what happened. */
export type Said = Readonly<Record<keyof typeof SENTENCES, readonly [string, string]>>;

export interface Told {
  readonly message: string;
  readonly cure: string;
}

/** Null where this language has no words for it: then the server's English is read. */
export function wordedSentence(words: Said, { code, values = [] }: Sentence): Told | null {
  if (!isKnown(words, code)) return null;
  // Of what was done to a thing, the thing has a code of its own.
  const [thing, ...more] = values;
  if (code.startsWith("deed.") && thing !== undefined && isKnown(words, thing)) {
    return { message: words[code][0].replace("{}", () => filled(words[thing][0], more)[0]), cure: "" };
  }
  const [message, left] = filled(words[code][0], values);
  return { message, cure: filled(words[code][1], left)[0] };
}

function filled(template: string, values: readonly string[]): readonly [string, readonly string[]] {
  let taken = 0;
  const text = template.replace(/\{\}/g, () => values[taken++] ?? "");
  return [text, values.slice(taken)];
}

function isKnown(words: Said, code: string): code is keyof Said {
  return Object.hasOwn(words, code);
}
