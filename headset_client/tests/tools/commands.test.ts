import { describe, expect, it } from "vitest";
import { type Command, found } from "../../src/tools/commands";

const titles = ["Go to Liver", "Go to Portal vein", "Only Portal vein", "Go to Vésicule biliaire", "Help"];
const commands: readonly Command[] = titles.map((title) => ({ id: title, title, run: () => undefined }));
const titled = (typed: string) => found(commands, typed).map(({ title }) => title);

describe("finding by typing", () => {
  it("lists everything in its order before anything is typed", () => {
    expect(titled("  ")).toEqual(titles);
  });

  it("finds words by their starts, in any order, whatever the case", () => {
    expect(titled("VEIN por")).toEqual(["Go to Portal vein", "Only Portal vein"]);
  });

  it("finds without accents what has them", () => {
    expect(titled("vesicule")).toEqual(["Go to Vésicule biliaire"]);
  });

  it("puts the start of a word before its middle, and that before letters in order", () => {
    expect(
      found(
        ["xlivx", "l i v", "a liver"].map((title) => ({ id: title, title, run: () => undefined })),
        "liv",
      ).map(({ title }) => title),
    ).toEqual(["a liver", "xlivx", "l i v"]);
  });

  it("finds nothing where a letter is missing", () => {
    expect(titled("zebra")).toEqual([]);
  });
});
