// Names of anatomy and the server's sentences in the language that this device reads; the server says them in English.
import type { Sentence } from "../protocol";
import { anatomical, language, toldByServer } from "../strings";

/** What arrived, with every `title` and every sentence in it as the person reads it. */
export function withNames<T>(arrived: T): T {
  return language === "en" ? arrived : (named(arrived) as T);
}

function named(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(named);
  if (typeof value !== "object" || value === null) return value;
  return told(
    Object.fromEntries(
      Object.entries(value).map(([key, one]) => [
        key,
        key === "title" && typeof one === "string" ? anatomical(one) : named(one),
      ]),
    ),
  );
}

interface Codes {
  readonly said?: Sentence | null;
  readonly undo_said?: Sentence | null;
  readonly redo_said?: Sentence | null;
  readonly warnings?: readonly string[];
  readonly warnings_said?: readonly (Sentence | null)[];
}

function told(value: Record<string, unknown> & Codes): Record<string, unknown> {
  const { said, undo_said, redo_said, warnings, warnings_said } = value;
  if (said) return { ...value, ...toldByServer(said) };
  if (undo_said || redo_said) {
    const undo = toldByServer(undo_said)?.message ?? value.undo;
    return { ...value, undo, redo: toldByServer(redo_said)?.message ?? value.redo };
  }
  if (!warnings || !warnings_said) return value;
  return { ...value, warnings: warnings.map((one, index) => toldByServer(warnings_said[index])?.message ?? one) };
}
