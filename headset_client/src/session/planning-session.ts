// A planning session: the state, the two sockets, and the verbs a person has.
import { createStore, type StoreApi } from "zustand/vanilla";
import type { ClientMessage, Device, PlaneResectionState, ServerMessage } from "../protocol";
import { strings } from "../strings";
import { openAssetCache } from "./asset-cache";
import { AssetClient } from "./asset-client";
import { ControlClient, type Introduction } from "./control-client";
import { otherHolder } from "./displayed-plan";
import { PreviewPace } from "./preview-pace";
import { INITIAL_SESSION, reduceSession, type SessionEvent, type SessionState } from "./session-state";

export class PlanningSession {
  readonly state: StoreApi<SessionState> = createStore(() => INITIAL_SESSION);
  readonly assets: AssetClient;
  readonly device: Device;
  readonly #control: ControlClient;
  readonly #pace: PreviewPace;
  #sequence = 0;

  constructor(origin: string, introduction: Introduction) {
    this.device = introduction.device;
    const sockets = origin.replace(/^http/, "ws");
    this.assets = new AssetClient(`${sockets}/ws/assets`, openAssetCache());
    this.#pace = new PreviewPace((resection, sequence) => {
      this.#control.send({ type: "resection.preview", sequence, resection });
    });
    this.#control = new ControlClient(`${sockets}/ws/control`, introduction, {
      onMessage: (message) => this.#receive(message),
      onLost: (attempt, retryInMs) => this.#dispatch({ kind: "lost", attempt, retryInMs }),
      onRetry: () => this.#dispatch({ kind: "retrying" }),
      onRoundTrip: (milliseconds) => this.#dispatch({ kind: "round-trip", milliseconds }),
      onUnreadable: (reason) => {
        console.error(`unreadable message: ${reason}`);
        this.tell(strings.problem.unreadable, strings.problem.reload);
      },
    });
  }

  open(): void {
    this.#control.open();
  }

  close(): void {
    this.#pace.stop();
    this.#control.close();
    this.assets.close();
  }

  /** Starts a drag; false where somebody else holds the resection. */
  hold(resection: PlaneResectionState): boolean {
    const state = this.state.getState();
    if (state.held !== null) return false;
    const holder = otherHolder(state, resection.resection_id);
    if (holder !== null) {
      const name = state.people.find((person) => person.client_id === holder)?.display_name;
      this.tell(strings.problem.held(name || strings.people.someone), strings.problem.heldCure);
      return false;
    }
    this.#dispatch({ kind: "hold", resection, sequence: this.#sequence });
    return true;
  }

  /** The hand moved. Ignored unless a drag is under way. */
  move(resection: PlaneResectionState): void {
    const { held } = this.state.getState();
    if (!held || held.resection.resection_id !== resection.resection_id) return;
    const sequence = ++this.#sequence;
    this.#dispatch({ kind: "move", resection, sequence });
    this.#pace.offer(resection, sequence);
  }

  /** Ends the drag and commits what it came to. */
  release(): void {
    const { held } = this.state.getState();
    if (!held) return;
    this.#pace.stop();
    if (held.sequence < held.firstSequence) this.#letGo(held.resection.resection_id);
    else this.commit(held.resection);
  }

  /** Ends the drag and goes back to the committed resection. */
  cancel(): void {
    const { held } = this.state.getState();
    if (!held) return;
    this.#pace.stop();
    this.#letGo(held.resection.resection_id);
  }

  /** Creates or changes a resection in one step. */
  commit(resection: PlaneResectionState): void {
    this.#operate({
      type: "resection.commit",
      operation_id: newId("op"),
      base_revision: this.state.getState().plan.revision,
      resection,
    });
  }

  remove(resectionId: string): void {
    this.#operate({
      type: "resection.remove",
      operation_id: newId("op"),
      base_revision: this.state.getState().plan.revision,
      resection_id: resectionId,
    });
  }

  tell(message: string, cure: string): void {
    this.#dispatch({ kind: "tell", message, cure });
  }

  dismiss(toast: number): void {
    this.#dispatch({ kind: "dismiss", toast });
  }

  #letGo(resectionId: string): void {
    this.#dispatch({ kind: "let-go" });
    this.#control.send({ type: "resection.cancel", resection_id: resectionId });
  }

  #operate(message: Extract<ClientMessage, { type: "resection.commit" | "resection.remove" }>): void {
    if (!this.#control.send(message)) {
      this.#dispatch({ kind: "let-go" });
      this.tell(strings.problem.offline, strings.problem.offlineCure);
      return;
    }
    this.#dispatch({ kind: "operation", message });
  }

  #receive(message: ServerMessage): void {
    this.#dispatch({ kind: "server", message });
    if (message.type === "welcome") this.assets.open(message.asset_token);
  }

  #dispatch(event: SessionEvent): void {
    this.state.setState((state) => reduceSession(state, event), true);
  }
}

/** An identifier that no other client makes; `crypto.randomUUID` needs a secure origin, this does not. */
export function newId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `${prefix}-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
