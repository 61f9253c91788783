// The state of a planning session as this client knows it, and what may happen to it.
import type {
  BodyState,
  KeptMeasurement,
  KeptPin,
  MeasuredValue,
  PersonState,
  RecordingState,
  ResectionState,
  Role,
  SceneManifest,
  ServerMessage,
  VoiceRoom,
} from "../protocol";
import { type CutsState, NO_CUTS } from "./cuts-state";
import type { PendingOperation, PlanOperation } from "./pending-operation";
import { EMPTY_BOOK, type PlanBook } from "./plan-book";
import { NO_SEARCH, type ProposalSearch } from "./proposal-search";
import { NO_NUMBERS, type NumbersReceived } from "./shown-numbers";

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
  /** Until it is put away: a change made without a connection is lost, and whoever made it may not be looking. */
  readonly stays: boolean;
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
  | { readonly kind: "server"; readonly message: ServerMessage; readonly ofLate?: boolean }
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

export const NO_VOICE: SessionState["voice"] = { people: [], waiting: [] };

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
