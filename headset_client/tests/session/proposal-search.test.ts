import { describe, expect, test } from "vitest";
import { displayedPlan } from "../../src/session/displayed-plan";
import { numbersFailure, shownNumbers } from "../../src/session/shown-numbers";
import { from, JOINED, plan, plane, planNumbers, stateAfter } from "./fixtures";

const proposal = {
  proposal_id: "p-1",
  kind: "plane",
  title: "Plane cut",
  reason: "Because.",
  resections: [plane(9, "new-1")],
  numbers: planNumbers(61),
};
const found = (request_id = "ask-1") =>
  from({ type: "proposals", request_id, asked_by: "x", proposals: [proposal], note: "" });
const ended = (request_id: string) =>
  from({ type: "proposals.ended", request_id, asked_by: "x", code: "replaced", message: "", cure: "" });
const progress = (request_id: string) =>
  from({ type: "proposals.progress", request_id, asked_by: "x", fraction: 0.4, note: "Looking" });

describe("a search for proposals", () => {
  test("runs, then has found what it found", () => {
    expect(stateAfter(...JOINED, progress("ask-1")).proposals.fraction).toBe(0.4);
    const { proposals } = stateAfter(...JOINED, progress("ask-1"), found());
    expect([proposals.fraction, proposals.found?.length]).toEqual([null, 1]);
  });

  test("is not ended by the end of the one it replaced", () => {
    expect(stateAfter(...JOINED, progress("ask-2"), ended("ask-1")).proposals.fraction).toBe(0.4);
    expect(stateAfter(...JOINED, progress("ask-2"), ended("ask-2")).proposals.fraction).toBeNull();
  });

  test("that finds nothing says why and what to change, and older plans go", () => {
    const failed = from({
      type: "proposals.ended",
      request_id: "ask-2",
      asked_by: "x",
      code: "failed",
      message: "No plan keeps that.",
      cure: "Ask for less.",
    });
    const { proposals } = stateAfter(...JOINED, found(), progress("ask-2"), failed);
    expect(proposals).toMatchObject({ fraction: null, found: null, note: "No plan keeps that. Ask for less." });
  });

  test("leaves the plan on screen alone when one of them is taken: it becomes a plan of its own", () => {
    const head = { operation_id: "op-1", base_revision: 1, plan_id: "plan-b" };
    const take = { type: "proposals.take", ...head, proposal_id: "p-1" } as const;
    const state = stateAfter(...JOINED, found(), { kind: "operation", message: take });
    expect(displayedPlan(state)).toEqual(displayedPlan(stateAfter(...JOINED)));
  });
});

describe("a plan without numbers", () => {
  const failed = from({
    type: "numbers.failed",
    revision: 2,
    preview_by: null,
    sequence: null,
    message: "No such branch.",
    cure: "Choose another.",
  });

  test("says why, and does not show older ones", () => {
    const state = stateAfter(...JOINED, from(plan(2, plane(1))), failed);
    expect(shownNumbers(state)).toBeNull();
    expect(numbersFailure(state)?.message).toBe("No such branch.");
  });
});
