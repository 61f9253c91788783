import { describe, expect, it } from "vitest";
import { english } from "../../src/strings";
import { words as french, anatomy as frenchAnatomy } from "../../src/words/french";
import { words as german, anatomy as germanAnatomy } from "../../src/words/german";
import { unsaid, worded } from "../../src/words/language";

/** The same in every language: marks, formats, and what is typed into a terminal. */
const AS_IN_ENGLISH = new Set([
  "product",
  "start.emptyPrepare",
  "start.emptyDemo",
  "connection.roundTrip",
  "numbers.interval",
  "structures.diameter",
  "segments.share",
  "cuts.territoryOf",
  "proposals.flr",
  "pointing.vessel",
  "spoken.question",
  "xr.trueSize",
  "xr.scale",
  "xr.scaleBar",
]);

describe("languages", () => {
  it.each([
    ["German", german],
    ["French", french],
  ])("says every word in %s", (_name, words) => {
    expect(unsaid(english, words).filter((path) => !AS_IN_ENGLISH.has(path))).toEqual([]);
  });

  it("names the same anatomy in both", () => {
    expect(Object.keys(germanAnatomy)).toEqual(Object.keys(frenchAnatomy));
  });

  it("falls back to English where a translation is silent", () => {
    const english = { a: { b: "here", c: "there" }, d: (n: number) => `${n}` };
    const said = worded<typeof english>(english, { a: { b: "hier" } });
    expect([said.a.b, said.a.c, said.d(3)]).toEqual(["hier", "there", "3"]);
  });

  it("tells what a translation lacks, also in lists", () => {
    expect(unsaid({ a: { b: "x", c: "y" }, d: ["1", "2"] }, { a: { b: "z" }, d: ["1"] })).toEqual([
      "a.c",
      "d (another length)",
    ]);
  });
});
