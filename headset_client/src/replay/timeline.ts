// The time of a replay: that of the session, but for quiet stretches, in which nothing was recorded and nothing changed.
import type { RecordedStretch, ReplayMark, ReplayTimeline } from "../protocol";

/** Around a change, milliseconds: what led to it and what came of it can be seen. */
const AROUND_MS = 2000;
/** What a quiet stretch takes at most. */
const QUIET_MS = 1500;

export interface PlacedMark {
  readonly mark: ReplayMark;
  /** Since the replay's beginning. */
  readonly atMs: number;
}

/** A busy part of the session: when it really was, and where in the replay. */
interface Part {
  readonly fromMs: number;
  readonly toMs: number;
  readonly atMs: number;
}

export class Timeline {
  readonly durationMs: number;
  readonly marks: readonly PlacedMark[];
  readonly #parts: readonly Part[];
  readonly #stretches: readonly { readonly stretch: RecordedStretch; readonly fromMs: number; readonly toMs: number }[];

  constructor({ marks, recorded }: Pick<ReplayTimeline, "marks" | "recorded">) {
    this.#stretches = recorded.map((stretch) => ({
      stretch,
      fromMs: Date.parse(stretch.started_at),
      toMs: Date.parse(stretch.ended_at),
    }));
    const busy = [
      ...marks.map(({ at }) => ({ fromMs: Date.parse(at) - AROUND_MS, toMs: Date.parse(at) + AROUND_MS })),
      ...this.#stretches,
    ];
    this.#parts = laidOut(merged(busy));
    const last = this.#parts[this.#parts.length - 1];
    this.durationMs = last ? last.atMs + last.toMs - last.fromMs : 0;
    // A clock that was set back must not put a later change before an earlier one.
    let latest = 0;
    this.marks = marks.map((mark) => {
      latest = Math.max(latest, this.placeOf(Date.parse(mark.at)));
      return { mark, atMs: latest };
    });
  }

  /** Where an instant of the session is in the replay. */
  placeOf(realMs: number): number {
    let place = 0;
    for (const part of this.#parts) {
      if (realMs < part.fromMs) break;
      place = part.atMs + Math.min(realMs, part.toMs) - part.fromMs;
    }
    return place;
  }

  /** Which instant of the session it is at a place of the replay. */
  realAt(placeMs: number): number {
    let real = this.#parts[0]?.fromMs ?? 0;
    this.#parts.forEach((part, index) => {
      if (placeMs < part.atMs) return;
      const inside = placeMs - part.atMs;
      const length = part.toMs - part.fromMs;
      if (inside <= length) real = part.fromMs + inside;
      else {
        const next = this.#parts[index + 1];
        const gap = next ? next.atMs - part.atMs - length : 1;
        const quiet = next ? next.fromMs - part.toMs : 0;
        real = part.toMs + (Math.min(inside - length, gap) / gap) * quiet;
      }
    });
    return real;
  }

  /** How many changes were made up to a place. */
  revisionAt(placeMs: number): number {
    let revision = 0;
    for (const { mark, atMs } of this.marks) {
      if (atMs > placeMs) break;
      revision = mark.revision;
    }
    return revision;
  }

  /** Where the change with this number is; the beginning for none. */
  placeOfRevision(revision: number): number {
    return this.marks.find(({ mark }) => mark.revision === revision)?.atMs ?? 0;
  }

  /** The recorded stretch of an instant of the session. */
  stretchAt(realMs: number): RecordedStretch | null {
    return this.#stretches.find(({ fromMs, toMs }) => realMs >= fromMs && realMs <= toMs)?.stretch ?? null;
  }

  has(stretch: number): boolean {
    return this.#stretches.some(({ stretch: { number } }) => number === stretch);
  }

  /** The parts of the replay in which it is known where people were: from and to. */
  get recordedParts(): readonly (readonly [number, number])[] {
    return merged(this.#stretches).map(({ fromMs, toMs }) => [this.placeOf(fromMs), this.placeOf(toMs)] as const);
  }
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

function merged(spans: readonly Span[]): readonly Span[] {
  const joined: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
    const last = joined[joined.length - 1];
    if (last && span.fromMs <= last.toMs + QUIET_MS) {
      joined[joined.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, span.toMs) };
    } else joined.push({ fromMs: span.fromMs, toMs: span.toMs });
  }
  return joined;
}

function laidOut(spans: readonly Span[]): readonly Part[] {
  let atMs = 0;
  return spans.map(({ fromMs, toMs }) => {
    const part = { fromMs, toMs, atMs };
    atMs += toMs - fromMs + QUIET_MS;
    return part;
  });
}
