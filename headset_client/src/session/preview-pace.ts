// Sends the newest preview at most every 16 ms: hands report up to 120 times a second, rooms need 60.
import type { ResectionState } from "../protocol";

const PREVIEW_INTERVAL_MS = 16;

export interface Clock {
  now(): number;
  after(milliseconds: number, run: () => void): () => void;
}

const WALL_CLOCK: Clock = {
  now: () => performance.now(),
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

export class PreviewPace {
  readonly #send: (resection: ResectionState, sequence: number) => void;
  readonly #clock: Clock;
  #lastSent = Number.NEGATIVE_INFINITY;
  #newest: { resection: ResectionState; sequence: number } | null = null;
  #stopTimer: (() => void) | null = null;

  constructor(send: (resection: ResectionState, sequence: number) => void, clock: Clock = WALL_CLOCK) {
    this.#send = send;
    this.#clock = clock;
  }

  offer(resection: ResectionState, sequence: number): void {
    this.#newest = { resection, sequence };
    if (this.#stopTimer) return;
    const wait = this.#lastSent + PREVIEW_INTERVAL_MS - this.#clock.now();
    if (wait <= 0) this.#flush();
    else this.#stopTimer = this.#clock.after(wait, () => this.#flush());
  }

  /** Drops what was not sent: a commit or a cancel follows. */
  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    this.#newest = null;
  }

  #flush(): void {
    this.#stopTimer = null;
    const newest = this.#newest;
    if (!newest) return;
    this.#newest = null;
    this.#lastSent = this.#clock.now();
    this.#send(newest.resection, newest.sequence);
  }
}
