// A pure fold over what arrives and what the person does.
import { withNames } from "./names";
import { pendingFrom } from "./pending-operation";
import { reduceServerMessage } from "./server-news";
import { NO_VOICE, type SessionEvent, type SessionState } from "./session-state";
import { lookingAt, tell } from "./state-steps";

export function reduceSession(state: SessionState, event: SessionEvent): SessionState {
  switch (event.kind) {
    case "server":
      return reduceServerMessage(state, withNames(event.message), event.ofLate);
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
