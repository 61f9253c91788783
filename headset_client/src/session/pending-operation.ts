// What this person did and the server has not confirmed.
import {
  type AroundTumour,
  type CommitResection,
  type ConfirmPlan,
  type CreatePlan,
  FIRST_PLAN_ID,
  type KeepVersion,
  type MeasurementState,
  type OfTerritory,
  type PinState,
  type ProposePlan,
  type RedoEdit,
  type RemoveMeasurement,
  type RemovePin,
  type RemovePlan,
  type RemoveResection,
  type RenamePlan,
  type ReplacePlan,
  type ResectionState,
  type RestoreVersion,
  type SetBody,
  type SetMeasurement,
  type SetPin,
  type TakeProposal,
  type ThroughLine,
  type UndoEdit,
  type WithdrawPlan,
} from "../protocol";

export type PendingOperation =
  | {
      readonly kind: "commit";
      readonly operationId: string;
      readonly planId: string;
      readonly resection: ResectionState;
      readonly revision: number | null;
    }
  | {
      readonly kind: "remove";
      readonly operationId: string;
      readonly planId: string;
      readonly resectionId: string;
      readonly revision: number | null;
    }
  | {
      readonly kind: "measurement";
      readonly operationId: string;
      readonly planId: string;
      readonly measurement: MeasurementState;
      readonly revision: number | null;
    }
  | {
      readonly kind: "pin";
      readonly operationId: string;
      readonly planId: string;
      readonly pin: PinState;
      readonly revision: number | null;
    }
  | {
      /** A measurement or a pin goes. */
      readonly kind: "drop-note";
      readonly operationId: string;
      readonly planId: string;
      readonly noteId: string;
      readonly revision: number | null;
    }
  | {
      /** What comes of it the server says: nothing is shown before the plan arrives. */
      readonly kind: "asked";
      readonly operationId: string;
      readonly planId: string;
      readonly revision: number | null;
    }
  | {
      readonly kind: "replace";
      readonly operationId: string;
      readonly planId: string;
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
  | CreatePlan
  | RenamePlan
  | RemovePlan
  | KeepVersion
  | RestoreVersion
  | ProposePlan
  | ConfirmPlan
  | WithdrawPlan
  | UndoEdit
  | RedoEdit;

/** How it is laid over the plan until a plan that contains it has arrived. */
export function pendingFrom(message: PlanOperation): PendingOperation {
  const planId = message.plan_id ?? FIRST_PLAN_ID;
  const common = { operationId: message.operation_id, planId, revision: null };
  switch (message.type) {
    case "resection.commit":
      return { kind: "commit", resection: message.resection, ...common };
    case "resection.remove":
      return { kind: "remove", resectionId: message.resection_id, ...common };
    case "resection.through_line":
    case "resection.around_tumour":
    case "resection.territory":
    case "body.set":
    case "proposals.take":
    case "plan.create":
    case "plan.rename":
    case "plan.remove":
    case "plan.version":
    case "plan.restore":
    case "plan.propose":
    case "plan.confirm":
    case "plan.withdraw":
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
  }
}
