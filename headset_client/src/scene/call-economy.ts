// What a headset leaves out so that an eye's picture takes no more draw calls than it may: the least important first.

export const MOST_CALLS_AN_EYE = 60;

/** Each step leaves out more than the one before. */
export const ECONOMY = {
  none: 0,
  /** Letters of the patient's directions at the second liver. */
  letters: 1,
  /** Neighbours of the second liver: they are the first one's. */
  neighboursBeside: 2,
  /** What a cut takes away of vessels is no longer shown as a ghost. */
  ghosts: 3,
  /** Neighbours of both. */
  neighbours: 4,
} as const;

export class CallEconomy {
  #step: number = ECONOMY.none;
  #of = "";

  get step(): number {
    return this.#step;
  }

  /**
   * After a frame: one step more where it drew too much. Other things on show begin anew.
   *
   * @param callsAnEye of the frame that was drawn.
   * @param shown what it showed; as long as this is the same, nothing comes back that was left out, and nothing flickers.
   */
  follow(callsAnEye: number, shown: string): void {
    if (shown !== this.#of) {
      this.#of = shown;
      this.#step = ECONOMY.none;
    } else if (callsAnEye > MOST_CALLS_AN_EYE && this.#step < ECONOMY.neighbours) this.#step += 1;
  }
}
