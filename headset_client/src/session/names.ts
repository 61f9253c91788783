// Names of anatomy in the language that this device reads; the server names them in English.
import { anatomical, language } from "../strings";

/** What arrived, with every `title` in it as the person reads it. */
export function withNames<T>(arrived: T): T {
  return language === "en" ? arrived : (named(arrived) as T);
}

function named(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(named);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      key === "title" && typeof one === "string" ? anatomical(one) : named(one),
    ]),
  );
}
