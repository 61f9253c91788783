import { describe, expect, it } from "vitest";
import { CT_REACH_HU, CT_WINDOWS, nameOf, windowOf } from "../../src/scene/ct-window";

describe("windows of the CT", () => {
  it("hold level and width where the samples reach", () => {
    expect(windowOf(100, 120)).toEqual({ low: 40, high: 160 });
  });

  it.each([
    [400, 100, { low: 140, high: 240 }],
    [40, 5000, CT_REACH_HU],
    [40, 0, { low: 30, high: 50 }],
  ])("are no wider than what arrived (level %s, width %s)", (level, width, expected) => {
    expect(windowOf(level, width)).toEqual(expected);
  });

  it("are known by their names, and by none when set by hand", () => {
    expect(Object.values(CT_WINDOWS).map(nameOf)).toEqual(Object.keys(CT_WINDOWS));
    expect(nameOf({ low: 1, high: 2 })).toBeNull();
  });
});
