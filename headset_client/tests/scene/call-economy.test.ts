import { describe, expect, it } from "vitest";
import { CallEconomy, ECONOMY, MOST_CALLS_AN_EYE } from "../../src/scene/call-economy";

/** Draw calls of two livers with six neighbours, as each step leaves things out. */
const CALLS = [86, 80, 68, 58, 46];

describe("what a headset leaves out", () => {
  it("is nothing while a frame keeps within its draw calls", () => {
    const economy = new CallEconomy();
    for (let frame = 0; frame < 5; frame++) economy.follow(MOST_CALLS_AN_EYE, "a");
    expect(economy.step).toBe(ECONOMY.none);
  });

  it("grows step by step until a frame keeps within them, and no further", () => {
    const economy = new CallEconomy();
    for (let frame = 0; frame < 9; frame++) economy.follow(CALLS[economy.step] ?? 0, "a,b");
    expect(economy.step).toBe(ECONOMY.ghosts);
  });

  it("comes back only when something else is shown", () => {
    const economy = new CallEconomy();
    for (let frame = 0; frame < 9; frame++) economy.follow(99, "a,b");
    expect(economy.step).toBe(ECONOMY.neighbours);
    economy.follow(20, "a,b");
    expect(economy.step).toBe(ECONOMY.neighbours);
    economy.follow(20, "a");
    expect(economy.step).toBe(ECONOMY.none);
  });
});
