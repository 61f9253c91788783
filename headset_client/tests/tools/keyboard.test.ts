import { describe, expect, it } from "vitest";
import { takenBackBy } from "../../src/tools/keyboard";

const press = (keys: string) => {
  const parts = keys.split("+");
  return {
    key: parts.at(-1) as string,
    ctrlKey: parts.includes("Ctrl"),
    metaKey: parts.includes("Cmd"),
    shiftKey: parts.includes("Shift"),
    altKey: parts.includes("Alt"),
  };
};

describe("the keys of undo and redo", () => {
  it.each([
    ["Ctrl+z", "undo"],
    ["Cmd+z", "undo"],
    ["Ctrl+Z", "undo"],
    ["Ctrl+Shift+Z", "redo"],
    ["Cmd+Shift+z", "redo"],
    ["Ctrl+y", "redo"],
    ["z", null],
    ["Shift+Z", null],
    ["Ctrl+Alt+z", null],
    ["Ctrl+c", null],
    ["Ctrl+Shift+y", null],
  ])("%s: %s", (keys, verb) => {
    expect(takenBackBy(press(keys))).toBe(verb);
  });
});
