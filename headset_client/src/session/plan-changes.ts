// What a person may change: each verb is one operation on a plan, which the server confirms or refuses.
import type { BodyState, MeasurementState, PinState, PlanSource, PointLps, ResectionState } from "../protocol";
import { newId } from "./new-id";
import type { PlanOperation } from "./pending-operation";
import { contentOf, type PlanBook } from "./plan-book";

interface OperationHead {
  readonly operation_id: string;
  readonly base_revision: number;
  readonly plan_id: string;
}

export interface PlanChangesHooks {
  book(): PlanBook;
  operate(message: PlanOperation): void;
  /** A plan that this person makes, and will look at as soon as it is there. */
  onNewPlan(planId: string): void;
}

export class PlanChanges {
  readonly #hooks: PlanChangesHooks;

  constructor(hooks: PlanChangesHooks) {
    this.#hooks = hooks;
  }

  /** Creates or changes a resection in one step. */
  commit(resection: ResectionState): void {
    this.#hooks.operate({
      type: "resection.commit",
      ...this.#operation(),
      resection,
    });
  }

  remove(resectionId: string): void {
    this.#hooks.operate({
      type: "resection.remove",
      ...this.#operation(),
      resection_id: resectionId,
    });
  }

  /** A surface through a line drawn on the liver; the server makes it. */
  cutThroughLine(resectionId: string, points: readonly PointLps[]): void {
    this.#hooks.operate({
      type: "resection.through_line",
      ...this.#operation(),
      resection_id: resectionId,
      points_lps_mm: points,
    });
  }

  /** A wedge that keeps the margin from every voxel of the tumour. */
  cutAroundTumour(resectionId: string, tumour: string, marginMm: number, shape: "spheroid" | "cone"): void {
    this.#hooks.operate({
      type: "resection.around_tumour",
      ...this.#operation(),
      resection_id: resectionId,
      tumour,
      margin_mm: marginMm,
      shape,
    });
  }

  /** Everything in place of the plan, in one operation. */
  replacePlan(resections: readonly ResectionState[]): void {
    this.#hooks.operate({ type: "plan.replace", ...this.#operation(), resections });
  }

  /** Height and weight of the patient, or null to take them out. */
  setBody(body: BodyState | null): void {
    this.#hooks.operate({ type: "body.set", ...this.#operation(), body });
  }

  /** Adds a measurement or changes it; the server counts it. */
  setMeasurement(measurement: MeasurementState): void {
    this.#hooks.operate({ type: "measurement.set", ...this.#operation(), measurement });
  }

  removeMeasurement(measurementId: string): void {
    this.#hooks.operate({ type: "measurement.remove", ...this.#operation(), measurement_id: measurementId });
  }

  /** Puts a pin with a text, or changes it. */
  setPin(pin: PinState): void {
    this.#hooks.operate({ type: "pin.set", ...this.#operation(), pin });
  }

  removePin(pinId: string): void {
    this.#hooks.operate({ type: "pin.remove", ...this.#operation(), pin_id: pinId });
  }

  /** Takes back this person's own last change; the server refuses where it would undo somebody else's work. */
  undo(): void {
    this.#hooks.operate({ type: "edit.undo", ...this.#operation() });
  }

  redo(): void {
    this.#hooks.operate({ type: "edit.redo", ...this.#operation() });
  }

  /** The proposal as a plan of its own, which this person looks at as soon as it is there. */
  takeProposal(proposalId: string): void {
    this.#hooks.operate({ type: "proposals.take", ...this.#newPlan(), proposal_id: proposalId });
  }

  /** A new plan, which this person looks at as soon as it is there. */
  createPlan(name: string, source: PlanSource): void {
    this.#hooks.operate({ type: "plan.create", ...this.#newPlan(), name, source });
  }

  renamePlan(planId: string, name: string): void {
    const { listed } = this.#hooks.book();
    this.#hooks.operate({ type: "plan.rename", ...this.#operation(planId), base_revision: listed, name });
  }

  removePlan(planId: string): void {
    this.#hooks.operate({ type: "plan.remove", ...this.#operation(planId) });
  }

  /** Keeps the plan as it is, with its numbers. */
  keepVersion(planId: string, name: string): void {
    this.#hooks.operate({ type: "plan.version", ...this.#operation(planId), name });
  }

  restoreVersion(planId: string, versionId: string): void {
    this.#hooks.operate({ type: "plan.restore", ...this.#operation(planId), version_id: versionId });
  }

  /** Proposes the plan, confirms it, or makes it a draft again. */
  sign(planId: string, deed: "propose" | "confirm" | "withdraw"): void {
    this.#hooks.operate({ type: `plan.${deed}`, ...this.#operation(planId) });
  }

  #operation(planId = this.#hooks.book().lookedAt): OperationHead {
    const { revision } = contentOf(this.#hooks.book(), planId);
    return { operation_id: newId("op"), base_revision: revision, plan_id: planId };
  }

  #newPlan(): OperationHead {
    const planId = newId("plan");
    this.#hooks.onNewPlan(planId);
    return { operation_id: newId("op"), base_revision: this.#hooks.book().listed, plan_id: planId };
  }
}
