import { describe, expect, it } from "vitest";
import { defaultAppearance, isAlone, isolated, shownAsAtFirst } from "../../src/scene/appearance";

const structures = [
  { name: "liver", lies_in_liver: false },
  { name: "portal_vein", lies_in_liver: true },
  { name: "bones", lies_in_liver: false },
];
const first = Object.fromEntries(structures.map((one) => [one.name, defaultAppearance(one)]));

describe("one structure alone", () => {
  it("hides everything else and keeps how each is drawn", () => {
    const seen = { ...first, liver: { visible: true, opacity: 0.3, colour: "#123456" } };
    const alone = isolated(seen, "portal_vein");
    expect(isAlone(alone, "portal_vein")).toBe(true);
    expect(alone.liver).toEqual({ visible: false, opacity: 0.3, colour: "#123456" });
  });

  it("is alone only while nothing else is shown", () => {
    expect(isAlone(first, "liver")).toBe(false);
  });

  it("comes back as it was at first, with the colours chosen since", () => {
    const alone = isolated({ ...first, liver: { visible: true, opacity: 0.3, colour: "#123456" } }, "bones");
    const back = shownAsAtFirst(alone, structures);
    expect(Object.values(back).map(({ visible }) => visible)).toEqual([true, true, false]);
    expect(back.liver?.colour).toBe("#123456");
  });
});
