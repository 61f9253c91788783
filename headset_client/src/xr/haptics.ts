// What a controller lets the hand feel: a tick when something is taken, a knock when a margin passes a threshold.
import type { MarginLevel } from "../design/tokens";
import type { MarginRow } from "../panels/numbers-view";

const TICK = { strength: 0.45, ms: 18 } as const;
const KNOCK = { strength: 0.9, ms: 55 } as const;

/** Worst first. */
const LEVELS: readonly MarginLevel[] = ["crossed", "tight", "near", "clear"];

/** Hands and gaze have no actuator: nothing happens. */
function pulse(source: XRInputSource | null, { strength, ms }: { strength: number; ms: number }): void {
  const actuator = source?.gamepad?.hapticActuators?.[0] as Pulsing | undefined;
  // A controller may refuse; that it does not tick is no error.
  void actuator?.pulse?.(strength, ms).catch(() => {});
}

/** Older and newer browsers name the type differently; both have this. */
interface Pulsing {
  pulse?(strength: number, ms: number): Promise<boolean>;
}

export class Haptics {
  #holder: XRInputSource | null = null;
  #level: MarginLevel | null = null;

  /** A hand took something. */
  taken(source: XRInputSource | null): void {
    this.#holder = source;
    this.#level = null;
    pulse(source, TICK);
  }

  released(): void {
    this.#holder = null;
  }

  /** New margins arrived; a knock where the worst of them came into another band under the hand. */
  margins(margins: readonly MarginRow[]): void {
    if (!this.#holder) return;
    const worst = worstLevel(margins);
    if (worst === null) return;
    if (this.#level !== null && this.#level !== worst) pulse(this.#holder, KNOCK);
    this.#level = worst;
  }
}

export function worstLevel(margins: readonly MarginRow[]): MarginLevel | null {
  return LEVELS.find((level) => margins.some((margin) => margin.level === level)) ?? null;
}
