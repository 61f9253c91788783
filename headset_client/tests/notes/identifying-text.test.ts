import { describe, expect, it } from "vitest";
import { mayIdentify } from "../../src/notes/identifying-text";

describe("a text that may tell who the patient is", () => {
  it.each([
    "Anna Meier",
    "MEIER, Anna",
    "born 3.4.1961",
    "1961-04-03",
    "MRN: 00123",
    "call 030 1234567",
    "Mrs Smith's tumour",
    "Frau Özdemir",
    "anna@example.org",
    "Nom : Dupont",
  ])("warns of %j", (text) => expect(mayIdentify(text)).toBe(true));

  it.each([
    "Keep this vein",
    "Portal Vein",
    "S6, 12.5 mm",
    "margin 5 mm here?",
    "Discuss this",
    "Lebervene schonen",
    "CT 0902a1",
    "",
  ])("does not warn of %j", (text) => expect(mayIdentify(text)).toBe(false));
});
