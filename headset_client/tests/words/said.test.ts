import { describe, expect, it } from "vitest";
import { SENTENCES } from "../../src/protocol";
import { said as french } from "../../src/words/french/said";
import { said as german } from "../../src/words/german/said";
import { wordedSentence } from "../../src/words/said";

const codes = Object.keys(SENTENCES) as (keyof typeof SENTENCES)[];

describe.each([
  ["German", german],
  ["French", french],
])("what the server says, in %s", (_, words) => {
  it("has words for every code of the protocol, and for no other", () => {
    expect(Object.keys(words).sort()).toEqual([...codes].sort());
    for (const code of codes) {
      expect(words[code][0]).not.toBe("");
      expect(words[code][0]).not.toBe(SENTENCES[code][0]);
      expect(words[code][1] === "").toBe(SENTENCES[code][1] === "");
    }
  });

  it("names no more values than are sent", () => {
    const count = (text: string) => text.split("{}").length - 1;
    for (const code of codes) {
      expect(count(words[code][0])).toBeLessThanOrEqual(count(SENTENCES[code][0]));
      expect(count(words[code][1])).toBeLessThanOrEqual(count(SENTENCES[code][1]));
    }
  });
});

describe("a sentence in German", () => {
  it("has its values where they belong, those of the cure after those of what happened", () => {
    const told = wordedSentence(german, { code: "pin_too_long", values: ["90", "60"] });
    expect(told).toEqual({ message: "Der Text der Nadel hat 90 Zeichen.", cure: "Kürzen Sie ihn auf höchstens 60." });
  });

  it("says what was done to what", () => {
    expect(wordedSentence(german, { code: "deed.move", values: ["thing.cut", "2"] })?.message).toBe(
      "Schnitt 2 verschieben",
    );
  });

  it("stays the server's English where the code is newer than the page", () => {
    expect(wordedSentence(german, { code: "brand_new", values: [] })).toBeNull();
  });
});
