import { describe, expect, it } from "vitest";
import type { DistanceState, KeptMeasurement, ServerMessage } from "../../src/protocol";
import { displayedNotes, noteId } from "../../src/session/displayed-notes";
import { from, ME, stateAfter, WELCOME } from "./fixtures";

const BY = { client_id: "other-1", display_name: "Bob", colour: "#ff0000" };

function distance(x: number, id = "m-1"): DistanceState {
  return { measurement_id: id, kind: "distance", points_lps_mm: [[0, 0, 0], [x, 0, 0]] }; // biome-ignore format: short
}

function plan(revision: number, ...kept: KeptMeasurement[]): ServerMessage {
  return { type: "plan", revision, resections: [], measurements: kept };
}

function set(x: number, operationId = "op-1") {
  const message = { type: "measurement.set", operation_id: operationId, base_revision: 1, measurement: distance(x) };
  return { kind: "operation", message: message as never } as const;
}

describe("measurements to show", () => {
  it("are those of the plan, with one's own not yet confirmed over them", () => {
    const state = stateAfter(from(WELCOME), from(plan(1, { measurement: distance(5), by: BY })), set(9));
    expect(displayedNotes(state)).toEqual([{ measurement: distance(9), by: BY }]);
  });

  it("say that a new one is mine", () => {
    const state = stateAfter(from(WELCOME), from(plan(1)), set(9));
    expect(displayedNotes(state).map((note) => note.by.client_id)).toEqual([ME]);
  });

  it("go back to the plan's where the server refuses", () => {
    const refusal: ServerMessage = { type: "rejected", operation_id: "op-1", code: "invalid", message: "", cure: "" };
    const state = stateAfter(from(WELCOME), from(plan(1, { measurement: distance(5), by: BY })), set(9), from(refusal));
    expect(displayedNotes(state)).toEqual([{ measurement: distance(5), by: BY }]);
  });

  it("leave out what was deleted before the server says so", () => {
    const remove = { type: "measurement.remove", operation_id: "op-2", base_revision: 1, measurement_id: "m-1" };
    const gone = { kind: "operation", message: remove as never } as const;
    const state = stateAfter(from(WELCOME), from(plan(1, { measurement: distance(5), by: BY })), gone);
    expect(displayedNotes(state).map(noteId)).toEqual([]);
  });
});
