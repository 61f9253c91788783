import { describe, expect, it } from "vitest";
import type { ReplayedNumbers, ReplayedPlans } from "../../src/protocol";
import { numbersKey, withPast } from "../../src/session/past-state";
import { INITIAL_SESSION } from "../../src/session/session-state";

const entry = (plan_id: string) => ({
  plan_id,
  name: plan_id,
  origin: null,
  created_by: "ann",
  created_by_name: "Ann",
  created_at: "",
  stage: "draft" as const,
  signed: null,
  is_stale: false,
  versions: [],
});

const plans: ReplayedPlans = {
  revision: 7,
  plans: { type: "plans", revision: 7, segmentation: "ab", plans: [entry("plan-1"), entry("plan-2")] },
  contents: [
    { type: "plan", revision: 4, plan_id: "plan-1", resections: [] },
    { type: "plan", revision: 7, plan_id: "plan-2", resections: [] },
  ],
};

const counted = (plan_id: string): ReplayedNumbers => ({
  revision: 7,
  plan_id,
  numbers: null,
  measured: [],
  message: "why not",
  cure: "",
  notice: "Research use, not a medical device",
});

describe("the session as it was", () => {
  const live = { ...INITIAL_SESSION, undoable: { undo: "move cut 1", redo: null } };

  it("shows the plans of then, and nothing that waits to be saved or undone", () => {
    const state = withPast(live, { plans, lookedAt: "plan-2", numbers: new Map() });
    expect([state.past, state.book.lookedAt, state.plan.revision]).toEqual([7, "plan-2", 7]);
    expect([state.pending, state.held, state.undoable.undo, state.numbers.committed]).toEqual([[], null, null, null]);
  });

  it("shows the first plan where the one looked at was not made yet", () => {
    expect(withPast(live, { plans, lookedAt: "plan-9", numbers: new Map() }).book.lookedAt).toBe("plan-1");
  });

  it("shows only numbers that were counted for the plan as it was then", () => {
    const other = new Map([[numbersKey("plan-1", 3), counted("plan-1")]]);
    expect(withPast(live, { plans, lookedAt: "plan-1", numbers: other }).numbers.committed).toBeNull();
    const its = new Map([[numbersKey("plan-1", 4), counted("plan-1")]]);
    const { numbers } = withPast(live, { plans, lookedAt: "plan-1", numbers: its });
    expect(numbers.committed).toMatchObject({ type: "numbers.failed", revision: 4, message: "why not" });
  });

  it("leaves the live state as it is", () => {
    withPast(live, { plans, lookedAt: "plan-2", numbers: new Map() });
    expect([live.past, live.plan.revision, live.undoable.undo]).toEqual([null, 0, "move cut 1"]);
  });
});
