// Whether somebody is speaking, from how loud they are.

/** Root mean square of full scale: above breathing and a fan, below a quiet voice. */
const LOUD = 0.012;
/** Words have gaps. */
const HOLDS_MS = 350;

export class SpeakingMeter {
  #loudAtMs = Number.NEGATIVE_INFINITY;

  hear(level: number, nowMs: number): boolean {
    if (level >= LOUD) this.#loudAtMs = nowMs;
    return nowMs - this.#loudAtMs <= HOLDS_MS;
  }
}

export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, samples.length));
}
