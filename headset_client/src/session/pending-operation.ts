// What this person did and the server has not confirmed.
import type {
  AroundTumour,
  CommitResection,
  MeasurementState,
  OfTerritory,
  PinState,
  RedoEdit,
  RemoveMeasurement,
  RemovePin,
  RemoveResection,
  ReplacePlan,
  ResectionState,
  SetBody,
  SetMeasurement,
  SetPin,
  TakeProposal,
  ThroughLine,
  UndoEdit,
} from "../protocol";
import type { SessionState } from "./session-state";

export type PendingOperation =
  | {
      readonly kind: "commit";
      readonly operationId: string;
      readonly resection: ResectionState;
      readonly revision: number | null;
    }
  | {
      readonly kind: "remove";
      readonly operationId: string;
      readonly resectionId: string;
      readonly revision: number | null;
    }
  | {
      readonly kind: "measurement";
      readonly operationId: string;
      readonly measurement: MeasurementState;
      readonly revision: number | null;
    }
  | {
      readonly kind: "pin";
      readonly operationId: string;
      readonly pin: PinState;
      readonly revision: number | null;
    }
  | {
      /** A measurement or a pin goes. */
      readonly kind: "drop-note";
      readonly operationId: string;
      readonly noteId: string;
      readonly revision: number | null;
    }
  | {
      /** What comes of it the server says: nothing is shown before the plan arrives. */
      readonly kind: "asked";
      readonly operationId: string;
      readonly revision: number | null;
    }
  | {
      readonly kind: "replace";
      readonly operationId: string;
      readonly resections: readonly ResectionState[];
      readonly revision: number | null;
    };

/** What changes the plan; each is answered by `committed` or `rejected`. */
export type PlanOperation =
  | CommitResection
  | RemoveResection
  | ThroughLine
  | AroundTumour
  | OfTerritory
  | TakeProposal
  | ReplacePlan
  | SetBody
  | SetMeasurement
  | RemoveMeasurement
  | SetPin
  | RemovePin
  | UndoEdit
  | RedoEdit;

/** How it is laid over the plan until a plan that contains it has arrived. */
export function pendingFrom(state: Pick<SessionState, "plan" | "proposals">, message: PlanOperation): PendingOperation {
  const common = { operationId: message.operation_id, revision: null };
  switch (message.type) {
    case "resection.commit":
      return { kind: "commit", resection: message.resection, ...common };
    case "resection.remove":
      return { kind: "remove", resectionId: message.resection_id, ...common };
    case "resection.through_line":
    case "resection.around_tumour":
    case "resection.territory":
    case "body.set":
    case "edit.undo":
    case "edit.redo":
      return { kind: "asked", ...common };
    case "measurement.set":
      return { kind: "measurement", measurement: message.measurement, ...common };
    case "measurement.remove":
      return { kind: "drop-note", noteId: message.measurement_id, ...common };
    case "pin.set":
      return { kind: "pin", pin: message.pin, ...common };
    case "pin.remove":
      return { kind: "drop-note", noteId: message.pin_id, ...common };
    case "plan.replace":
      return { kind: "replace", resections: message.resections, ...common };
    case "proposals.take": {
      const taken = state.proposals.found?.find((one) => one.proposal_id === message.proposal_id);
      return { kind: "replace", resections: taken?.resections ?? state.plan.resections, ...common };
    }
  }
}
