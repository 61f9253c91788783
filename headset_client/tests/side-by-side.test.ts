import { describe, expect, it } from "vitest";
import type { PlanEntry } from "../src/protocol";
import { isInPane, panesOf } from "../src/scene/panes";
import { EMPTY_BOOK } from "../src/session/plan-book";
import { NO_NUMBERS } from "../src/session/shown-numbers";
import { firstSideBySide, MOST_SIDE_BY_SIDE, plansSideBySide, toggledBeside } from "../src/session/side-by-side";

function entry(planId: string): PlanEntry {
  return { plan_id: planId, name: planId.toUpperCase(), stage: "draft", versions: [] } as unknown as PlanEntry;
}

const ids = ["a", "b", "c", "d", "e"];
const book = { ...EMPTY_BOOK, entries: ids.map(entry), lookedAt: "a" };
const state = { book, numbers: NO_NUMBERS };

describe("plans side by side", () => {
  it("have the one worked on among them, each in its place whichever that is", () => {
    expect(plansSideBySide(state, ["c"]).map(({ key }) => key)).toEqual(["a", "c"]);
    const other = { ...state, book: { ...book, lookedAt: "c" } };
    expect(plansSideBySide(other, ["a", "c"]).map(({ key }) => key)).toEqual(["a", "c"]);
  });

  it("are none where a plan would be alone, also once the other one is gone", () => {
    expect(plansSideBySide(state, ["a"])).toEqual([]);
    expect(plansSideBySide(state, ["a", "removed"])).toEqual([]);
    expect(firstSideBySide({ book: { ...book, entries: [entry("a")] } })).toEqual([]);
  });

  it("are four at most, and end when the last one beside is taken away", () => {
    let chosen: readonly string[] = [];
    for (const id of ids.slice(1)) chosen = toggledBeside(chosen, id, "a");
    expect(chosen).toHaveLength(MOST_SIDE_BY_SIDE);
    expect(chosen).not.toContain("e");
    for (const id of ["b", "c"]) chosen = toggledBeside(chosen, id, "a");
    expect(chosen).toEqual(["a", "d"]);
    expect(toggledBeside(chosen, "d", "a")).toEqual([]);
  });
});

describe("panes", () => {
  it("fill what the bars leave without lying over each other, at every size and number", () => {
    for (const room of [
      { width: 1280, height: 800 },
      { width: 420, height: 900 },
      { width: 2560, height: 1300 },
    ]) {
      for (const count of [2, 3, 4]) {
        const panes = panesOf(count, room);
        expect(panes).toHaveLength(count);
        for (const [index, one] of panes.entries()) {
          expect(one.left + one.width).toBeLessThanOrEqual(room.width + 1);
          expect(one.top + one.height + one.foot).toBeLessThanOrEqual(room.height);
          for (const other of panes.slice(index + 1)) {
            const apart = other.left >= one.left + one.width - 1 || other.top >= one.top + one.height + one.foot - 1;
            expect(apart).toBe(true);
          }
        }
      }
    }
  });

  it("take pointers only where the plan worked on is", () => {
    expect(isInPane({ x: 0.9, y: -1 })).toBe(true);
    expect(isInPane({ x: 1.4, y: 0 })).toBe(false);
  });
});
