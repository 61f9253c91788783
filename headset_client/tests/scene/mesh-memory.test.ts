import { expect, test } from "vitest";
import { type HeldLevel, levelsToDrop } from "../../src/scene/mesh-memory";

const level = (asset: string, role: HeldLevel["role"], lastUsed: number, bytes = 10): HeldLevel => ({
  structure: asset,
  asset,
  bytes,
  lastUsed,
  role,
});
const dropped = (held: readonly HeldLevel[], budget: number) => levelsToDrop(held, budget).map(({ asset }) => asset);

test("nothing goes within the budget", () => {
  expect(dropped([level("a", "idle", 1), level("b", "shown", 1)], 20)).toEqual([]);
});

test("levels not in use go first, the least recently used before others, then finer ones of hidden structures", () => {
  const held = [
    level("hidden", "shown-hidden", 0),
    level("late", "idle", 9),
    level("early", "idle", 2),
    level("shown", "shown", 0),
    level("coarse", "coarsest", 0),
  ];
  expect(dropped(held, 40)).toEqual(["early"]);
  expect(dropped(held, 30)).toEqual(["early", "late"]);
  expect(dropped(held, 20)).toEqual(["early", "late", "hidden"]);
});

test("what is on screen and the coarsest levels stay even beyond the budget", () => {
  expect(dropped([level("shown", "shown", 0, 500), level("coarse", "coarsest", 0, 500)], 100)).toEqual([]);
});
