import { describe, expect, test } from "vitest";
import type { SessionEvent } from "../../src/session/session-state";
import { shownNumbers } from "../../src/session/shown-numbers";
import { from, JOINED, ME, numbers, OTHER, plan, plane, stateAfter } from "./fixtures";

const shown = (...events: SessionEvent[]) => {
  const result = shownNumbers(stateAfter(...JOINED, ...events));
  return result && { flr: result.numbers.flr_percent, stale: result.stale };
};
const hold: SessionEvent = { kind: "hold", resection: plane(0), sequence: 10 };
const move = (sequence: number): SessionEvent => ({ kind: "move", resection: plane(sequence), sequence });

describe("numbers on screen", () => {
  test("are those of the committed plan", () => {
    expect(shown()).toEqual({ flr: 50, stale: false });
  });

  test("of an older revision that arrive late are dropped", () => {
    expect(shown(from(plan(3, plane(1))), from(numbers(60, 3)), from(numbers(55, 2)))).toEqual({
      flr: 60,
      stale: false,
    });
  });

  test("are stale while the plan is newer than they are", () => {
    expect(shown(from(plan(2, plane(1))))).toEqual({ flr: 50, stale: true });
  });

  test("follow this client's drag by sequence", () => {
    const events = [hold, move(11), move(12), from(numbers(52, 1, ME, 12)), from(numbers(51, 1, ME, 11))] as const;
    expect(shown(...events)).toEqual({ flr: 52, stale: false });
  });

  test("of an earlier drag do not count for this one", () => {
    expect(shown(from(numbers(70, 1, ME, 9)), hold, move(11))).toEqual({ flr: 50, stale: true });
  });

  test("are not stale when a plane is held and has not moved", () => {
    expect(shown(hold)).toEqual({ flr: 50, stale: false });
  });

  test("are stale when the server falls far behind the hand", () => {
    const far = Array.from({ length: 30 }, (_, index) => move(12 + index));
    expect(shown(hold, move(11), from(numbers(52, 1, ME, 11)), ...far)).toEqual({ flr: 52, stale: true });
  });

  test("follow another person's drag and go back when they cancel", () => {
    const theirs = from({ type: "resection.previewed", client_id: OTHER, sequence: 1, resection: plane(4) });
    const cancelled = from({ type: "resection.cancelled", client_id: OTHER, resection_id: "resection-1" });
    expect(shown(theirs, from(numbers(44, 1, OTHER, 1)))).toEqual({ flr: 44, stale: false });
    expect(shown(theirs, from(numbers(44, 1, OTHER, 1)), cancelled)).toEqual({ flr: 50, stale: false });
  });

  test("stay those of the drag until the commit is answered", () => {
    const commit: SessionEvent = {
      kind: "operation",
      message: { type: "resection.commit", operation_id: "op-1", base_revision: 1, resection: plane(11) },
    };
    const released = [hold, move(11), from(numbers(52, 1, ME, 11)), commit] as const;
    expect(shown(...released)).toEqual({ flr: 52, stale: false });
    const answered = [
      from({ type: "committed", operation_id: "op-1", revision: 2 }),
      from(plan(2, plane(11))),
      from(numbers(52.5, 2)),
    ] as const;
    expect(shown(...released, ...answered)).toEqual({ flr: 52.5, stale: false });
  });

  test("are stale while the connection is lost", () => {
    expect(shown({ kind: "lost", attempt: 1, retryInMs: 400 })).toEqual({ flr: 50, stale: true });
  });
});
