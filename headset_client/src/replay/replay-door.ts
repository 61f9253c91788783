// The way into a replay: what plays it is loaded when somebody opens it.
import type { PlanningApp } from "../planning-app";
import { strings } from "../strings";
import type { Replay } from "./replay";
import { CLOSED, createReplayStore, type ReplayStore } from "./replay-state";

export class ReplayDoor {
  readonly state: ReplayStore = createReplayStore();
  readonly #app: PlanningApp;
  #replay: Replay | null = null;

  constructor(app: PlanningApp) {
    this.#app = app;
  }

  /** What plays now; null while the session is live. */
  get replay(): Replay | null {
    return this.#replay;
  }

  get isOpen(): boolean {
    return this.state.getState().phase !== "closed";
  }

  toggle(): void {
    if (this.isOpen) this.close();
    else void this.open();
  }

  /** From its beginning, standing still. */
  async open(): Promise<void> {
    if (this.isOpen) return;
    this.state.setState({ ...CLOSED, phase: "loading" }, true);
    try {
      const { Replay } = await import("./replay");
      const replay = await Replay.open(this.#app, this.state);
      if (!this.isOpen) replay.dispose();
      else this.#replay = replay;
    } catch (error) {
      console.info("no replay", error);
      const cure = error instanceof Error && "cure" in error ? String(error.cure) : "";
      const what = error instanceof Error && cure ? error.message : strings.replay.failed;
      this.close();
      this.#app.session.tell(what, cure || strings.replay.failedCure);
    }
  }

  /** Back to the session as it is. */
  close(): void {
    this.#replay?.dispose();
    this.#replay = null;
    this.#app.session.showPast(null);
    this.state.setState(CLOSED, true);
    this.#app.requestFrame();
  }
}
