import { describe, expect, test } from "vitest";
import type { ServerMessage } from "../../src/protocol";
import { displayedPlan, otherHolder } from "../../src/session/displayed-plan";
import type { SessionEvent } from "../../src/session/session-state";
import { from, JOINED, ME, OTHER, plan, plane, stateAfter, WELCOME } from "./fixtures";

const commit = (x: number, operationId = "op-1"): SessionEvent => ({
  kind: "operation",
  message: { type: "resection.commit", operation_id: operationId, base_revision: 1, resection: plane(x) },
});
const committed = (revision: number, operationId = "op-1"): SessionEvent =>
  from({ type: "committed", operation_id: operationId, revision });
const previewed = (x: number, sequence: number): SessionEvent =>
  from({ type: "resection.previewed", client_id: OTHER, sequence, resection: plane(x) });
const shownX = (...events: SessionEvent[]) =>
  displayedPlan(stateAfter(...JOINED, ...events)).map(({ resection }) =>
    resection.kind === "plane" ? resection.point_lps_mm[0] : null,
  );

describe("what is on screen", () => {
  test("is the committed plan to begin with", () => {
    expect(shownX()).toEqual([0]);
  });

  test("follows this client's hand at once", () => {
    expect(
      shownX({ kind: "hold", resection: plane(0), sequence: 0 }, { kind: "move", resection: plane(7), sequence: 1 }),
    ).toEqual([7]);
  });

  test("goes back to the plan when the drag is cancelled", () => {
    expect(
      shownX(
        { kind: "hold", resection: plane(0), sequence: 0 },
        { kind: "move", resection: plane(7), sequence: 1 },
        { kind: "let-go" },
      ),
    ).toEqual([0]);
  });

  test("keeps the released pose until the plan that contains it arrives", () => {
    expect(shownX(commit(7))).toEqual([7]);
    expect(shownX(commit(7), committed(2))).toEqual([7]);
    expect(shownX(commit(7), committed(2), from(plan(2, plane(7))))).toEqual([7]);
  });

  test("does not jump back when a plan without the operation arrives in between", () => {
    expect(shownX(commit(7), from(plan(2, plane(3))))).toEqual([7]);
  });

  test("is the server's plan after a rejection", () => {
    const rejected = from({
      type: "rejected",
      operation_id: "op-1",
      code: "stale",
      message: "Somebody else moved it.",
      cure: "Try again.",
    });
    const events = [commit(7), rejected, from(plan(2, plane(3)))] as const;
    expect(shownX(...events)).toEqual([3]);
    expect(stateAfter(...JOINED, ...events).toasts.map((toast) => toast.message)).toEqual(["Somebody else moved it."]);
  });

  test("follows another person's hand, and not their late messages", () => {
    expect(shownX(previewed(5, 4), previewed(2, 3))).toEqual([5]);
  });

  test("goes back when the other person cancels", () => {
    const cancelled = from({ type: "resection.cancelled", client_id: OTHER, resection_id: "resection-1" });
    expect(shownX(previewed(5, 4), cancelled)).toEqual([0]);
  });

  test("goes back when a slow line brings only the end of a later drag", () => {
    const cancelled = from({ type: "resection.cancelled", client_id: "carol", resection_id: "resection-1" });
    expect(shownX(previewed(5, 4), cancelled)).toEqual([0]);
  });

  test("is the plan once the other person's change is committed", () => {
    expect(shownX(previewed(5, 4), from(plan(2, plane(6))))).toEqual([6]);
  });

  test("has a removed plane no more", () => {
    const remove: SessionEvent = {
      kind: "operation",
      message: { type: "resection.remove", operation_id: "op-2", base_revision: 1, resection_id: "resection-1" },
    };
    expect(shownX(remove)).toEqual([]);
  });
});

describe("who holds a plane", () => {
  test("is the person whose preview it is", () => {
    expect(otherHolder(stateAfter(...JOINED, previewed(5, 1)), "resection-1")).toBe(OTHER);
  });

  test("is never this client itself", () => {
    const me = {
      client_id: ME,
      display_name: "",
      colour: "#fff",
      device: "desktop",
      role: "owner",
      holding: "resection-1",
    } as const;
    expect(otherHolder(stateAfter(...JOINED, from({ type: "people", people: [me] })), "resection-1")).toBeNull();
  });
});

describe("connection", () => {
  test("is online after the welcome and reconnecting after a loss", () => {
    expect(stateAfter(from(WELCOME)).connection.kind).toBe("online");
    const lost = stateAfter(from(WELCOME), { kind: "lost", attempt: 2, retryInMs: 800 });
    expect(lost.connection).toEqual({ kind: "reconnecting", attempt: 2, retryInMs: 800 });
  });

  test("stays refused after a fatal fault, whatever the socket does then", () => {
    const fault = from({ type: "fault", code: "unknown_case", message: "No such case.", cure: "", fatal: true });
    expect(stateAfter(fault, { kind: "lost", attempt: 1, retryInMs: 400 }).connection.kind).toBe("refused");
  });

  test("a preview that is refused ends the drag and says why", () => {
    const refused = from({ type: "rejected", operation_id: null, code: "held", message: "Held.", cure: "Wait." });
    const state = stateAfter(...JOINED, { kind: "hold", resection: plane(0), sequence: 0 }, refused);
    expect(state.held).toBeNull();
    expect(state.toasts).toHaveLength(1);
  });
});

describe("undo and redo", () => {
  const OFFER: ServerMessage = { type: "edit.undoable", undo: "move cut 1", redo: null };

  test("what can be taken back is what the server last said", () => {
    expect(stateAfter(from(WELCOME)).undoable).toEqual({ undo: null, redo: null });
    expect(stateAfter(...JOINED, from(OFFER)).undoable).toEqual({ undo: "move cut 1", redo: null });
  });

  test("an undo changes nothing on screen before the plan comes, and a refused one says why", () => {
    const asked = { type: "edit.undo", operation_id: "u", base_revision: 1 } as const;
    const before = stateAfter(...JOINED);
    const waiting = stateAfter(...JOINED, { kind: "operation", message: asked });
    expect(displayedPlan(waiting)).toEqual(displayedPlan(before));
    expect(waiting.pending).toHaveLength(1);
    const refused: ServerMessage = {
      type: "rejected",
      operation_id: "u",
      code: "overtaken",
      message: "Bob moved cut 1 after you.",
      cure: "Ask Bob.",
    };
    const after = stateAfter(...JOINED, { kind: "operation", message: asked }, from(refused));
    expect(after.pending).toHaveLength(0);
    expect(after.toasts.map((toast) => toast.message)).toEqual(["Bob moved cut 1 after you."]);
  });
});
