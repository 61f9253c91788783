// The state of a planning session as this client knows it: a pure fold over what arrives and what the person does.
import {
  type BodyState,
  FIRST_PLAN_ID,
  type KeptMeasurement,
  type KeptPin,
  type MeasuredValue,
  type PersonState,
  type RecordingState,
  type ResectionState,
  type Role,
  type SceneManifest,
  type ServerMessage,
  type VoiceRoom,
} from "../protocol";
import { strings } from "../strings";
import { type CutsState, NO_CUTS, reduceCuts } from "./cuts-state";
import { withNames } from "./names";
import { type PendingOperation, type PlanOperation, pendingFrom } from "./pending-operation";
import { contentOf, EMPTY_BOOK, type PlanBook, withContent, withList } from "./plan-book";
import { NO_SEARCH, type ProposalSearch, reduceProposals } from "./proposal-search";
import { forgetPreviewNumbers, NO_NUMBERS, type NumbersReceived, receiveNumbers } from "./shown-numbers";

export type Connection =
  | { readonly kind: "connecting" }
  | { readonly kind: "online"; readonly roundTripMs: number | null }
  | { readonly kind: "reconnecting"; readonly attempt: number; readonly retryInMs: number }
  | { readonly kind: "refused"; readonly message: string; readonly cure: string };

export interface Me {
  readonly clientId: string;
  readonly colour: string;
  readonly assetToken: string;
  readonly role: Role;
}

/** This client's drag; it has moved once `sequence` has reached `firstSequence`. */
export interface Held {
  readonly resection: ResectionState;
  readonly firstSequence: number;
  readonly sequence: number;
}

export interface RemotePreview {
  readonly planId: string;
  readonly by: string;
  readonly sequence: number;
  readonly resection: ResectionState;
}

export interface Toast {
  readonly id: number;
  readonly message: string;
  readonly cure: string;
}

export interface Plan {
  readonly revision: number;
  readonly resections: readonly ResectionState[];
  readonly body: BodyState | null;
  readonly measurements: readonly KeptMeasurement[];
  readonly pins: readonly KeptPin[];
}

/** What this person's next undo and redo would take back, in words; null where there is nothing. */
export interface Undoable {
  readonly undo: string | null;
  readonly redo: string | null;
}

export interface SessionState {
  /** While a replay is shown: how many changes were made by then. Null: what is shown is live. */
  readonly past: number | null;
  readonly connection: Connection;
  readonly me: Me | null;
  readonly scene: SceneManifest | null;
  /** All plans, and which is looked at. */
  readonly book: PlanBook;
  /** False until the plan looked at has arrived: an empty plan and an unknown one look different. */
  readonly planKnown: boolean;
  /** The plan looked at. */
  readonly plan: Plan;
  readonly people: readonly PersonState[];
  /** While it is recorded where people are: who wanted it. */
  readonly recording: RecordingState | null;
  readonly previews: ReadonlyMap<string, RemotePreview>;
  readonly held: Held | null;
  readonly pending: readonly PendingOperation[];
  readonly numbers: NumbersReceived;
  /** What measurements come to, by their id: the server's word. */
  readonly measured: ReadonlyMap<string, MeasuredValue>;
  readonly proposals: ProposalSearch;
  readonly cuts: CutsState;
  /** Who talks and who waits for a place. */
  readonly voice: Pick<VoiceRoom, "people" | "waiting">;
  readonly undoable: Undoable;
  readonly toasts: readonly Toast[];
  readonly nextToast: number;
}

export type SessionEvent =
  | { readonly kind: "server"; readonly message: ServerMessage }
  | { readonly kind: "round-trip"; readonly milliseconds: number }
  | { readonly kind: "lost"; readonly attempt: number; readonly retryInMs: number }
  | { readonly kind: "retrying" }
  | { readonly kind: "hold"; readonly resection: ResectionState; readonly sequence: number }
  | { readonly kind: "move"; readonly resection: ResectionState; readonly sequence: number }
  | { readonly kind: "let-go" }
  | { readonly kind: "look"; readonly planId: string }
  | { readonly kind: "operation"; readonly message: PlanOperation }
  | { readonly kind: "tell"; readonly message: string; readonly cure: string }
  | { readonly kind: "dismiss"; readonly toast: number };

const NO_VOICE: SessionState["voice"] = { people: [], waiting: [] };

export const INITIAL_SESSION: SessionState = {
  past: null,
  connection: { kind: "connecting" },
  me: null,
  scene: null,
  book: EMPTY_BOOK,
  planKnown: false,
  plan: { revision: 0, resections: [], body: null, measurements: [], pins: [] },
  people: [],
  recording: null,
  previews: new Map(),
  held: null,
  pending: [],
  numbers: NO_NUMBERS,
  measured: new Map(),
  proposals: NO_SEARCH,
  cuts: NO_CUTS,
  voice: NO_VOICE,
  undoable: { undo: null, redo: null },
  toasts: [],
  nextToast: 1,
};

export function reduceSession(state: SessionState, event: SessionEvent): SessionState {
  switch (event.kind) {
    case "server":
      return reduceServerMessage(state, withNames(event.message));
    case "round-trip":
      return state.connection.kind === "online"
        ? { ...state, connection: { kind: "online", roundTripMs: event.milliseconds } }
        : state;
    case "lost":
      if (state.connection.kind === "refused") return state;
      return {
        ...state,
        connection: { kind: "reconnecting", attempt: event.attempt, retryInMs: event.retryInMs },
        previews: new Map(),
        people: [],
        voice: NO_VOICE,
      };
    case "retrying":
      return state.connection.kind === "reconnecting"
        ? { ...state, connection: { ...state.connection, retryInMs: 0 } }
        : state;
    case "hold":
      return {
        ...state,
        held: { resection: event.resection, firstSequence: event.sequence + 1, sequence: event.sequence },
      };
    case "move":
      return state.held
        ? { ...state, held: { ...state.held, resection: event.resection, sequence: event.sequence } }
        : state;
    case "let-go":
      return { ...state, held: null };
    case "look":
      return lookingAt({ ...state, book: { ...state.book, lookedAt: event.planId } });
    case "operation":
      return { ...state, held: null, pending: [...state.pending, pendingFrom(event.message)] };
    case "tell":
      return tell(state, event.message, event.cure);
    case "dismiss":
      return { ...state, toasts: state.toasts.filter((toast) => toast.id !== event.toast) };
  }
}

function reduceServerMessage(state: SessionState, message: ServerMessage): SessionState {
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

/** The plan looked at and its numbers, taken out of the book. */
function lookingAt(state: SessionState): SessionState {
  const { lookedAt, contents } = state.book;
  const plan = contentOf(state.book, lookedAt);
  const committed = state.numbers.ofPlans.get(lookedAt) ?? null;
  const planKnown = contents.has(lookedAt);
  if (plan === state.plan && planKnown === state.planKnown && committed === state.numbers.committed) return state;
  return { ...state, plan, planKnown, numbers: { ...state.numbers, committed } };
}

function samePlane(a: Plan, b: Plan, id: string): boolean {
  const find = (plan: Plan) => plan.resections.find((resection) => resection.resection_id === id);
  return JSON.stringify(find(a)) === JSON.stringify(find(b));
}

function isHolding(state: SessionState, clientId: string, resectionId: string): boolean {
  return state.people.some((person) => person.client_id === clientId && person.holding === resectionId);
}

/** An operation stays laid over the plan until a plan that contains it has arrived. */
function settled(state: SessionState): SessionState {
  const pending = state.pending.filter(
    (operation) =>
      operation.revision === null ||
      // What is not laid over the plan may have been about the list of plans, or about another plan.
      operation.revision >
        (operation.kind === "asked" ? state.book.newest : contentOf(state.book, operation.planId).revision),
  );
  if (pending.length === state.pending.length) return state;
  const mine = state.me?.clientId;
  const numbers = pending.length === 0 && mine ? forgetPreviewNumbers(state.numbers, mine) : state.numbers;
  return { ...state, pending, numbers };
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

function tell(state: SessionState, message: string, cure: string): SessionState {
  const toast: Toast = { id: state.nextToast, message, cure };
  return { ...state, toasts: [...state.toasts.slice(-2), toast], nextToast: state.nextToast + 1 };
}

function isSame(known: SceneManifest | null, said: SceneManifest): boolean {
  return known !== null && JSON.stringify(known) === JSON.stringify(said);
}
