// How many bytes a second assets come in at: measured while something is under way, so that pauses do not count.

/** A window has at least so much, or timer noise would be what is measured. */
const WINDOW_BYTES = 128 * 1024;
/** Weight of the newest window. */
const NEWEST = 0.35;

export class BandwidthEstimate {
  #bytesPerSecond: number | null = null;
  #windowBytes = 0;
  #windowStartMs: number | null = null;

  /** Null until enough has come. */
  get bytesPerSecond(): number | null {
    return this.#bytesPerSecond;
  }

  /** A chunk has come; `more` says whether anything else is still wanted. */
  receive(bytes: number, nowMs: number, more: boolean): void {
    // The first chunk only starts the clock: when it was sent is not known.
    if (this.#windowStartMs === null) this.#windowStartMs = nowMs;
    else this.#windowBytes += bytes;
    const elapsedMs = nowMs - this.#windowStartMs;
    if (this.#windowBytes >= WINDOW_BYTES && elapsedMs > 0) {
      const rate = (this.#windowBytes / elapsedMs) * 1000;
      const before = this.#bytesPerSecond;
      this.#bytesPerSecond = before === null ? rate : before + (rate - before) * NEWEST;
      this.#windowBytes = 0;
      this.#windowStartMs = nowMs;
    }
    if (!more) this.interrupt();
  }

  /** Nothing is under way any more. */
  interrupt(): void {
    this.#windowBytes = 0;
    this.#windowStartMs = null;
  }
}
