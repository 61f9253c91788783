// Changes on their way to the server: said now or after the next welcome, and the person told what became of the late ones.
import type { Rejected, ResectionState } from "../protocol";
import { strings } from "../strings";
import { ChangeQueue } from "./change-queue";
import { nameOfChange } from "./name-of-change";
import { withNames } from "./names";
import type { PlanOperation } from "./pending-operation";

export interface DeliveryHooks {
  /** False where there is no line. */
  send(message: PlanOperation): boolean;
  tell(message: string, cure: string): void;
}

export class Delivery {
  readonly #queue: ChangeQueue;
  readonly #hooks: DeliveryHooks;
  /** Changes that a connection was missing for and that are saved since. */
  #savedLate = 0;

  constructor(caseId: string, hooks: DeliveryHooks) {
    this.#queue = new ChangeQueue(caseId);
    this.#hooks = hooks;
  }

  get waiting(): readonly PlanOperation[] {
    return this.#queue.waiting;
  }

  /** Kept until it is answered: without a connection it is said after the next welcome. */
  add(message: PlanOperation, isOnline: boolean): void {
    const owedBefore = this.#queue.owed;
    this.#queue.add(message);
    if (isOnline) this.say();
    else this.#queue.lost();
    if (owedBefore === 0 && this.#queue.owed > 0) this.#hooks.tell(strings.unsaved.kept, strings.unsaved.keptCure);
  }

  say(): void {
    this.#queue.say((message) => this.#hooks.send(message));
  }

  /** The connection is gone. */
  lost(): void {
    this.#queue.lost();
  }

  committed(operationId: string): void {
    if (this.#queue.answered(operationId)?.wasOwed) this.#savedLate += 1;
    this.settle();
  }

  /** The rejection as the person reads it: of a change made without a connection it says which one it was. */
  rejected(message: Rejected, resections: readonly ResectionState[]): Rejected {
    const answered = message.operation_id === null ? null : this.#queue.answered(message.operation_id);
    if (!answered?.wasOwed) return message;
    const what = nameOfChange(answered.message, resections);
    const { message: why, cure } = withNames(message);
    return { ...message, message: strings.unsaved.rejected(what, why), cure, said: null };
  }

  /** Room for the next changes; once nothing is owed any more the person is told. */
  settle(): void {
    this.say();
    if (this.#queue.owed > 0 || this.#savedLate === 0) return;
    this.#hooks.tell(strings.unsaved.saved(this.#savedLate), strings.unsaved.savedCure);
    this.#savedLate = 0;
  }
}
