// Changes that the server has not answered: said in order, again after a lost connection, kept over a reload of the page.
import { parseClientMessage } from "../protocol";
import type { PlanOperation } from "./pending-operation";

/** Changes under way at once: who was offline for long must not fill the server's outbox with answers. */
const WINDOW = 64;
const KEY = "cantlie-unsaved-";

export class ChangeQueue {
  readonly #caseId: string;
  readonly #waiting = new Map<string, PlanOperation>();
  /** Those that were said on this connection. */
  readonly #said = new Set<string>();
  /** Those that a connection was missing for: the person is told what became of them. */
  readonly #owed = new Set<string>();

  constructor(caseId: string) {
    this.#caseId = caseId;
    for (const message of kept(caseId)) this.#waiting.set(message.operation_id, message);
    this.lost();
  }

  /** How many changes still have to be told about. */
  get owed(): number {
    return this.#owed.size;
  }

  get waiting(): readonly PlanOperation[] {
    return [...this.#waiting.values()];
  }

  add(message: PlanOperation): void {
    this.#waiting.set(message.operation_id, message);
    this.#keep();
  }

  /** The change that is answered, and whether a connection had been missing for it; null where it was not waited for. */
  answered(operationId: string): { readonly message: PlanOperation; readonly wasOwed: boolean } | null {
    const message = this.#waiting.get(operationId);
    if (!message) return null;
    this.#waiting.delete(operationId);
    this.#said.delete(operationId);
    this.#keep();
    return { message, wasOwed: this.#owed.delete(operationId) };
  }

  /** Says what is due, the oldest first; `send` tells whether there is a line. The server does nothing twice. */
  say(send: (message: PlanOperation) => boolean): void {
    for (const [operationId, message] of this.#waiting) {
      if (this.#said.size >= WINDOW) return;
      if (this.#said.has(operationId)) continue;
      if (!send(message)) {
        this.lost();
        return;
      }
      this.#said.add(operationId);
    }
  }

  /** The connection is gone: nobody knows what arrived. */
  lost(): void {
    this.#said.clear();
    for (const operationId of this.#waiting.keys()) this.#owed.add(operationId);
  }

  #keep(): void {
    try {
      if (this.#waiting.size === 0) sessionStorage.removeItem(KEY + this.#caseId);
      else sessionStorage.setItem(KEY + this.#caseId, JSON.stringify(this.waiting));
    } catch {
      // Storage is refused or full: a reload would lose them, the page does not.
    }
  }
}

function kept(caseId: string): readonly PlanOperation[] {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(KEY + caseId) ?? "[]");
    return Array.isArray(value) ? value.map((one) => parseClientMessage(one)).filter(isPlanOperation) : [];
  } catch {
    return []; // of an older page, or storage is refused
  }
}

function isPlanOperation(message: ReturnType<typeof parseClientMessage>): message is PlanOperation {
  return "operation_id" in message;
}
