import type { Numbers, PlaneResectionState, PlanNumbers, ServerMessage } from "../../src/protocol";
import { reduceSession } from "../../src/session/reduce-session";
import { INITIAL_SESSION, type SessionEvent, type SessionState } from "../../src/session/session-state";

export const ME = "me-1";
export const OTHER = "other-1";

export function plane(x: number, id = "resection-1"): PlaneResectionState {
  return { resection_id: id, kind: "plane", point_lps_mm: [x, 0, 0], normal_lps: [-1, 0, 0] };
}

export function planNumbers(flr: number): PlanNumbers {
  return {
    volumes: [],
    flr_percent: flr,
    flr_denominator: "total_liver_volume",
    flr_tumour_free_percent: null,
    margins: [],
    margin_uncertainty_mm: 0.5,
    vessels_crossed: null,
    function: null,
    cut_branches: null,
    cut_area_mm2: null,
    pieces: null,
    surroundings: null,
    intervals: null,
    body: null,
    notice: "Research use, not a medical device",
  };
}

export function numbers(
  flr: number,
  revision: number,
  by: string | null = null,
  sequence: number | null = null,
): Numbers {
  return { type: "numbers", revision, preview_by: by, sequence, numbers: planNumbers(flr) };
}

export function plan(revision: number, ...resections: PlaneResectionState[]): ServerMessage {
  return { type: "plan", revision, resections };
}

export const WELCOME: ServerMessage = {
  type: "welcome",
  protocol_version: 2,
  client_id: ME,
  asset_token: "token",
  resume_token: "resume",
  colour: "#58b6d8",
  role: "owner",
  notice: "Research use, not a medical device",
};

export function from(message: ServerMessage): SessionEvent {
  return { kind: "server", message };
}

export function stateAfter(...events: SessionEvent[]): SessionState {
  return events.reduce(reduceSession, INITIAL_SESSION);
}

/** Online, with a plan of one plane at x = 0 and its numbers. */
export const JOINED: readonly SessionEvent[] = [from(WELCOME), from(plan(1, plane(0))), from(numbers(50, 1))];
