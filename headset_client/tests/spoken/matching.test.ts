import { describe, expect, test } from "vitest";
import { meaningOf, type SpokenCommand, saysOneOf, spokenWordsOf } from "../../src/spoken/matching";
import { english } from "../../src/strings";
import { spoken as french } from "../../src/words/french/spoken";
import { spoken as german } from "../../src/words/german/spoken";

const command = (title: string, ...names: string[]): SpokenCommand => ({
  id: title,
  title,
  names,
  run: () => undefined,
});
const ENGLISH = [
  command("Hide Liver", "remove from view Liver"),
  command("Only Liver", "isolate Liver"),
  command("Go to Liver"),
  command("Show Portal vein", "display Portal vein"),
  command("Only Portal vein", "isolate Portal vein"),
  command("Go to Portal vein"),
  command("Hide Tumour 1"),
  command("Hide Tumour 2"),
  command("Only Tumour 1", "isolate Tumour 1"),
  command("Add cut: Plane", "new plane"),
  command("Undo: move cut 1", "undo"),
  command("CT slice", "slice"),
  command("CT slice: Axial", "axial slice"),
  command("CT slice: Coronal", "coronal slice"),
];
const WORDS = spokenWordsOf(english.spoken);
const said = (text: string, confidence = 0.9) => ({ text, confidence });
const understood = (text: string, confidence = 0.9, words = WORDS) =>
  meaningOf(ENGLISH, [said(text, confidence)], words);

describe("what was said", () => {
  test.each([
    ["hide liver", "Hide Liver"],
    ["Please hide the liver.", "Hide Liver"],
    ["isolate the liver", "Only Liver"],
    ["show portal vein", "Show Portal vein"],
    ["isolate portal vein", "Only Portal vein"],
    ["hide tumour two", "Hide Tumour 2"],
    ["new plane", "Add cut: Plane"],
    ["undo", "Undo: move cut 1"],
    ["axial slice", "CT slice: Axial"],
    ["slice", "CT slice"],
  ])("“%s” means “%s”, surely", (text, title) => {
    const meaning = understood(text);
    expect(meaning.commands[0]?.title).toBe(title);
    expect(meaning.isSure).toBe(true);
  });

  test("is not sure where two commands fit alike, and offers both", () => {
    const meaning = understood("hide tumour");
    expect(meaning.isSure).toBe(false);
    expect(meaning.commands.map(({ title }) => title)).toEqual(["Hide Tumour 1", "Hide Tumour 2"]);
  });

  test("is not sure where the recogniser is not", () => {
    expect(understood("hide liver", 0.3)).toMatchObject({ isSure: false, text: "hide liver" });
    expect(understood("hide liver", 0).isSure).toBe(true); // it does not know
  });

  test("is not sure where letters fit only here and there", () => {
    const meaning = understood("hide tumor one");
    expect(meaning.commands[0]?.title).toBe("Hide Tumour 1");
    expect(meaning.isSure).toBe(false);
  });

  test("means nothing where nothing is called so", () => {
    for (const text of ["good morning everybody", "please", ""]) {
      expect(understood(text)).toMatchObject({ commands: [], isSure: false });
    }
    expect(meaningOf(ENGLISH, [], WORDS).commands).toEqual([]);
  });

  test("is the likeliest reading that means anything", () => {
    const meaning = meaningOf(ENGLISH, [said("hi liver pool"), said("hide liver", 0.7)], WORDS);
    expect([meaning.text, meaning.commands[0]?.title]).toEqual(["hide liver", "Hide Liver"]);
  });

  test.each([
    [german.spoken, "bitte die Leber ausblenden", "Leber verbergen", "Leber ausblenden"],
    [german.spoken, "axiale Schicht", "CT-Schicht: Axial", "axiale Schicht"],
    [french.spoken, "cache le foie s'il te plaît", "Cacher foie", "cache foie"],
    [french.spoken, "coupe axiale", "Coupe du scanner : axiale", "coupe axiale"],
  ])("is understood in other languages", (words, text, title, ...names) => {
    const commands = [command(title, ...names), command("Home"), command("Nur Milz"), command("Afficher rate")];
    const meaning = meaningOf(commands, [said(text)], spokenWordsOf(words as typeof english.spoken));
    expect([meaning.commands[0]?.title, meaning.isSure]).toEqual([title, true]);
  });
});

test("yes and no are answers by themselves, not words of a sentence", () => {
  const { yes, no } = WORDS;
  expect(saysOneOf(yes, [said("Yes.")])).toBe(true);
  expect(saysOneOf(yes, [said("yes but not that one")])).toBe(false);
  expect(saysOneOf(no, [said("now"), said("No!")])).toBe(true);
});
