// Our own font draws every letter and sign of our own words, in every language: none comes from whatever the device has.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { lettersOf } from "./woff2-letters";

const CLIENT = resolve(import.meta.dirname, "../..");
const FACE = /url\("([^"]+)"\)[^}]*?unicode-range:([^;]+);/g;

/** In hints at a pointer, which the system draws. */
const ARROW_KEYS = "←→";

interface Face {
  readonly ranges: readonly (readonly [number, number])[];
  readonly letters: ReadonlySet<number>;
}

const faces: readonly Face[] = [...readFileSync(join(CLIENT, "src/design/fonts.css"), "utf8").matchAll(FACE)].map(
  ([, file = "", ranges = ""]) => ({
    letters: lettersOf(join(CLIENT, "node_modules", file)),
    ranges: [...ranges.matchAll(/U\+([0-9A-F]+)(?:-([0-9A-F]+))?/gi)].map(([, low = "", high = low]) => [
      Number.parseInt(low, 16),
      Number.parseInt(high, 16),
    ]),
  }),
);

/** Which letters of a text no face both claims and has. */
function missing(text: string, among = faces): string[] {
  const drawn = (code: number) =>
    among.some(({ ranges, letters }) => ranges.some(([low, high]) => low <= code && code <= high) && letters.has(code));
  return [...new Set(text)].filter((letter) => !/\s/.test(letter) && !drawn(letter.codePointAt(0) ?? 0));
}

function written(folder: string): string {
  return readdirSync(join(CLIENT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(tsx?|css)$/.test(name))
    .map((name) => readFileSync(join(CLIENT, folder, name), "utf8"))
    .join("");
}

test("our fonts have the letters of names, numbers and comparisons", () => {
  expect(missing("éøØ×±≤≥−–ßüäöÄÖÜçœŒàèêëîïôûù°²³µ…→«»„“”‘’·½")).toEqual([]);
});

test("a letter that no font of ours has is found", () => {
  expect(missing("A漢")).toEqual(["漢"]);
});

test("every letter that we write is in our own font, but for two signs that stand beside words", () => {
  expect(missing(written("src")).sort()).toEqual(["▲", "✓"]);
});

test.each([
  "src/words",
  "src/words/german",
  "src/words/french",
])("%s do without the large file of letters", (folder) => {
  const asked = missing(written(folder), faces.slice(1));
  expect(asked.filter((letter) => !ARROW_KEYS.includes(letter))).toEqual([]);
});
