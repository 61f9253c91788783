// What the server says, folded into the state of the session.
import { FIRST_PLAN_ID, type SceneManifest, type ServerMessage } from "../protocol";
import { strings } from "../strings";
import { reduceCuts } from "./cuts-state";
import { contentOf, withContent, withList } from "./plan-book";
import { reduceProposals } from "./proposal-search";
import type { Plan, RemotePreview, SessionState } from "./session-state";
import { forgetPreviewNumbers, receiveNumbers } from "./shown-numbers";
import { lookingAt, settled, tell } from "./state-steps";

export function reduceServerMessage(state: SessionState, message: ServerMessage, ofLate = false): SessionState {
  switch (message.type) {
    case "welcome":
      return {
        ...state,
        connection: { kind: "online", roundTripMs: null },
        me: {
          clientId: message.client_id,
          colour: message.colour,
          assetToken: message.asset_token,
          role: message.role,
        },
      };
    case "scene":
      // Said again, it is the scene that is on screen, and nothing is built anew.
      return isSame(state.scene, message.manifest) ? state : { ...state, scene: message.manifest };
    case "plan":
      return withPlan(state, message.plan_id ?? FIRST_PLAN_ID, {
        revision: message.revision,
        resections: message.resections,
        body: message.body ?? null,
        measurements: message.measurements ?? [],
        pins: message.pins ?? [],
      });
    case "plans":
      return settled(lookingAt({ ...state, book: withList(state.book, message) }));
    case "people":
      return withMyRole({ ...state, people: message.people, recording: message.recording ?? null });
    case "resection.previewed":
      return withPreview(state, {
        planId: message.plan_id ?? FIRST_PLAN_ID,
        by: message.client_id,
        sequence: message.sequence,
        resection: message.resection,
      });
    case "resection.cancelled":
      return withoutPreview(state, message.resection_id, message.client_id);
    case "numbers":
    case "numbers.failed":
      return lookingAt({ ...state, numbers: receiveNumbers(state.numbers, message) });
    case "presence": // these never come here: see PlanningSession
    case "presence.gathered":
      return state;
    case "voice":
      return { ...state, voice: { people: message.people, waiting: message.waiting } };
    case "voice.joined":
    case "voice.signalled": // for the voice itself: see PlanningSession
      return state;
    case "measured":
      return {
        ...state,
        measured: new Map([
          ...state.measured,
          ...message.values.map((value) => [value.measurement_id, value] as const),
        ]),
      };
    case "committed":
      return settled({
        ...state,
        pending: state.pending.map((operation) =>
          operation.operationId === message.operation_id ? { ...operation, revision: message.revision } : operation,
        ),
      });
    case "rejected":
      return tell(
        {
          ...state,
          held: message.operation_id === null ? null : state.held,
          pending: state.pending.filter((operation) => operation.operationId !== message.operation_id),
        },
        message.message,
        message.cure,
        ofLate,
      );
    case "fault":
      if (!message.fatal) return tell(state, message.message, message.cure);
      return { ...state, connection: { kind: "refused", message: message.message, cure: message.cure } };
    case "edit.undoable":
      return { ...state, undoable: { undo: message.undo, redo: message.redo } };
    case "pong":
    case "plans.compared":
      return state;
    case "resectogram":
    case "resectogram.failed":
    case "parts.progress":
    case "parts":
    case "parts.ended": {
      const cuts = reduceCuts(state.cuts, message);
      const failed = message.type === "parts.ended" && message.code === "failed";
      return failed ? tell({ ...state, cuts }, message.message, message.cure) : { ...state, cuts };
    }
    case "proposals":
    case "proposals.progress":
    case "proposals.ended": {
      const proposals = reduceProposals(state.proposals, message);
      const failed = message.type === "proposals.ended" && message.code === "failed";
      return failed ? tell({ ...state, proposals }, message.message, message.cure) : { ...state, proposals };
    }
  }
}

/** A plan older than the one known is late news; a server that was restarted starts over with a lower revision. */
function withPlan(state: SessionState, planId: string, plan: Plan): SessionState {
  const before = contentOf(state.book, planId);
  const alive = new Set(plan.resections.map((resection) => resection.resection_id));
  const previews = new Map(
    [...state.previews].filter(([id, preview]) => {
      if (preview.planId !== planId) return true;
      const changed = plan.revision > before.revision && !samePlane(plan, before, id);
      return !changed && (alive.has(id) || isHolding(state, preview.by, id));
    }),
  );
  return settled(lookingAt({ ...state, book: withContent(state.book, planId, plan), previews }));
}

function samePlane(a: Plan, b: Plan, id: string): boolean {
  const find = (plan: Plan) => plan.resections.find((resection) => resection.resection_id === id);
  return JSON.stringify(find(a)) === JSON.stringify(find(b));
}

function isHolding(state: SessionState, clientId: string, resectionId: string): boolean {
  return state.people.some((person) => person.client_id === clientId && person.holding === resectionId);
}

function withPreview(state: SessionState, preview: RemotePreview): SessionState {
  if (preview.by === state.me?.clientId) return state;
  const known = state.previews.get(preview.resection.resection_id);
  if (known && known.by === preview.by && known.sequence >= preview.sequence) return state;
  const previews = new Map(state.previews).set(preview.resection.resection_id, preview);
  return { ...state, previews };
}

/** On a slow line the end of one drag stands for all before it, so it also ends a drag of somebody else. */
function withoutPreview(state: SessionState, resectionId: string, by: string): SessionState {
  const shown = state.previews.get(resectionId);
  const numbers = forgetPreviewNumbers(shown ? forgetPreviewNumbers(state.numbers, shown.by) : state.numbers, by);
  if (!shown) return { ...state, numbers };
  const previews = new Map(state.previews);
  previews.delete(resectionId);
  return { ...state, previews, numbers };
}

/** An owner may have changed what this person may do. */
function withMyRole(state: SessionState): SessionState {
  const { me } = state;
  const role = state.people.find((person) => person.client_id === me?.clientId)?.role;
  if (!me || !role || role === me.role) return state;
  return tell(
    { ...state, me: { ...me, role } },
    strings.roles.changed(strings.roles.names[role]),
    `${strings.roles.may[role]}.`,
  );
}

function isSame(known: SceneManifest | null, said: SceneManifest): boolean {
  return known !== null && JSON.stringify(known) === JSON.stringify(said);
}
