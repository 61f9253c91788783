import { describe, expect, test } from "vitest";
import type { PlanEntry, ServerMessage } from "../../src/protocol";
import { displayedPlan } from "../../src/session/displayed-plan";
import { freeName } from "../../src/session/plan-book";
import { shownNumbers } from "../../src/session/shown-numbers";
import { from, JOINED, numbers, plane, stateAfter } from "./fixtures";

function entry(plan_id: string, from_plan: string | null = null): PlanEntry {
  const origin = from_plan === null ? null : { kind: "plan" as const, name: "", plan_id: from_plan, revision: 1 };
  return {
    plan_id,
    name: plan_id,
    origin,
    created_by: "c",
    created_by_name: "Ann",
    created_at: "",
    stage: "draft",
    signed: null,
    is_stale: false,
    versions: [],
  };
}

function plans(revision: number, ...entries: PlanEntry[]) {
  return from({ type: "plans", revision, segmentation: "", plans: entries });
}

function planOf(plan_id: string, revision: number, x: number) {
  const resection = { ...plane(x), resection_id: `${plan_id}.1` };
  return from({ type: "plan", revision, plan_id, resections: [resection] } satisfies ServerMessage);
}

function numbersOf(plan_id: string, revision: number, flr: number) {
  return from({ ...numbers(flr, revision), plan_id });
}

const TWO = [...JOINED, plans(2, entry("plan-1"), entry("b", "plan-1")), planOf("b", 2, 30), numbersOf("b", 2, 70)];
const LOOK = { kind: "look", planId: "b" } as const;
const ids = (state: ReturnType<typeof stateAfter>) => displayedPlan(state).map((one) => one.resection.resection_id);

describe("several plans", () => {
  test("are known all, and the one looked at is on screen with its own numbers", () => {
    const first = stateAfter(...TWO);
    expect(ids(first)).toEqual(["resection-1"]);
    expect(shownNumbers(first)).toMatchObject({ numbers: { flr_percent: 50 }, stale: false });
    const second = stateAfter(...TWO, LOOK);
    expect(ids(second)).toEqual(["b.1"]);
    expect(shownNumbers(second)).toMatchObject({ numbers: { flr_percent: 70 }, stale: false });
    expect(second.plan.revision).toBe(2);
  });

  test("change without a trace on the plan that is looked at", () => {
    const drag = from({ type: "resection.previewed", client_id: "x", sequence: 1, plan_id: "b", resection: plane(9) });
    const state = stateAfter(...TWO, planOf("b", 5, 40), drag);
    expect(ids(state)).toEqual(["resection-1"]);
    expect(shownNumbers(state)).toMatchObject({ numbers: { flr_percent: 50 }, stale: false });
    expect(shownNumbers(stateAfter(...TWO, planOf("b", 5, 40), LOOK))?.stale).toBe(true);
  });

  test("lose what was looked at to the plan that it came from", () => {
    const gone = stateAfter(...TWO, LOOK, plans(3, entry("plan-1")));
    expect(gone.book.lookedAt).toBe("plan-1");
    expect(ids(gone)).toEqual(["resection-1"]);
    expect(gone.book.contents.has("b")).toBe(false);
  });

  test("settle what waits by the revision of their own plan", () => {
    const head = { operation_id: "o", base_revision: 1 };
    const operation = { type: "resection.commit", ...head, plan_id: "plan-1", resection: plane(7) } as const;
    const committed = from({ type: "committed", operation_id: "o", revision: 6 });
    const waits = stateAfter(...TWO, { kind: "operation", message: operation }, committed, planOf("b", 7, 1));
    expect(waits.pending).toHaveLength(1);
    const rename = { type: "plan.rename", ...head, plan_id: "b", name: "B" } as const;
    const renamed = stateAfter(...TWO, { kind: "operation", message: rename }, committed, plans(6, entry("plan-1")));
    expect(renamed.pending).toHaveLength(0);
  });

  test("get names that no other has", () => {
    const { book } = stateAfter(...JOINED, plans(2, { ...entry("plan-1"), name: "Plan 2" }));
    expect(freeName(book, (number) => `Plan ${number}`)).toBe("Plan 3");
  });
});
