// How long frames take where one follows another, and how many triangles that allows.

/** Weight of the newest frame. */
const NEWEST = 0.1;
const ENOUGH_FRAMES = 20;
/** A longer one counts as this: once, after a tab was in the background, it changes little; again and again it is slow. */
const LONGEST_MS = 250;
const LEAST_SHARE = 0.25;

export class FramePace {
  #lastMs: number | null = null;
  #frames = 0;
  #typicalMs = 0;

  /** A frame begins; `follows` says that the one before it asked for it. */
  frame(nowMs: number, follows: boolean): void {
    const tookMs = this.#lastMs === null ? 0 : nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (!follows || tookMs <= 0) return;
    this.#frames += 1;
    this.#typicalMs += (Math.min(LONGEST_MS, tookMs) - this.#typicalMs) * Math.max(NEWEST, 1 / this.#frames);
  }

  /** Null until enough frames followed one another since the last `forget`. */
  get typicalMs(): number | null {
    return this.#frames >= ENOUGH_FRAMES ? this.#typicalMs : null;
  }

  /** Something else is drawn now. */
  forget(): void {
    this.#frames = 0;
  }
}

/** The next triangle budget: less while frames are late, more while there is time, within `most`. */
export function adaptedBudget(budget: number, most: number, typicalMs: number | null, targetMs: number): number {
  if (typicalMs === null) return budget;
  if (typicalMs > targetMs * 1.4) return Math.max(most * LEAST_SHARE, budget * 0.7);
  // Between the two nothing changes, so that a budget that just holds is kept.
  if (typicalMs < targetMs * 0.7) return Math.min(most, budget * 1.2);
  return budget;
}
