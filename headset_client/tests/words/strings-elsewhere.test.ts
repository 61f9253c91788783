import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = join(import.meta.dirname, "../../src");
/** Where words are kept, and what the server's protocol says of itself. */
const WORDS = /^(words\/|strings\.ts|protocol)/;

/** `Tag>words</`; a key on the keyboard is called what is printed on it. */
const TEXT = />\s*([A-Za-zÀ-ÿ][^<>{}=;]*[a-zà-ÿ]{2}[^<>{}=;]*?)\s*<\/(?!kbd)/g;
const ATTRIBUTE = /\b(?:aria-label|aria-description|title|placeholder|alt|label)="([^"]*[A-Za-z]{2}[^"]*)"/g;
/** Two words or more that begin as a sentence does. */
const SENTENCE = /["'`]([A-ZÀ-Ý][a-zà-ÿ]+ [a-zà-ÿA-Z][^"'`]*)["'`]/g;
/** What nobody who plans reads. */
const FOR_DEVELOPERS = /\b(?:Error|console\.\w+)\(/;

function visibleWords(source: string, isMarkup: boolean): string[] {
  const found = source
    .split("\n")
    .filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line) && !FOR_DEVELOPERS.test(line))
    .flatMap((line) => [
      ...line.matchAll(SENTENCE),
      ...(isMarkup ? [...line.matchAll(TEXT), ...line.matchAll(ATTRIBUTE)] : []),
    ]);
  return found.map((match) => match[1] ?? "");
}

function sources(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: "utf-8" }).filter((name) => /\.tsx?$/.test(name));
}

describe("words that people read", () => {
  it("are nowhere but where words are kept", () => {
    const files = sources().filter((name) => !WORDS.test(name));
    const found = files.flatMap((name) =>
      visibleWords(readFileSync(join(SRC, name), "utf-8"), name.endsWith("x")).map(
        (words) => `${relative(".", name)}: ${words}`,
      ),
    );
    expect(files.length).toBeGreaterThan(200);
    expect(found).toEqual([]);
  });

  it.each([
    ['<p className="soft">Nothing here</p>', "Nothing here"],
    ['<button aria-label="Close">', "Close"],
    ['tell("Not saved. ", cure)', "Not saved. "],
    ["label: `Cut one of many`", "Cut one of many"],
  ])("are found in %s", (source, words) => {
    expect(visibleWords(source, true)).toContain(words);
  });

  it("are none of those that only developers read", () => {
    expect(visibleWords('throw new Error("No such plan")', false)).toEqual([]);
    expect(visibleWords("  // Words in a comment 'Are not shown'", false)).toEqual([]);
    expect(visibleWords("<kbd>Esc</kbd>", true)).toEqual([]);
  });
});
