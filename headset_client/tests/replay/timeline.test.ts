import { describe, expect, it } from "vitest";
import type { ReplayMark } from "../../src/protocol";
import { Timeline } from "../../src/replay/timeline";

const BEGAN = Date.parse("2026-01-02T10:00:00.000Z");
const at = (seconds: number) => new Date(BEGAN + seconds * 1000).toISOString();

function mark(revision: number, seconds: number): ReplayMark {
  return {
    revision,
    at: at(seconds),
    by: "ann",
    plan_id: "plan-1",
    plan_name: "Plan 1",
    kind: "cut_moved",
    cut: 1,
    name: "",
  };
}

const stretch = (number: number, from: number, to: number) => ({ number, started_at: at(from), ended_at: at(to) });

describe("the time of a replay", () => {
  it("goes at the session's own pace where something happens, and passes over quiet hours", () => {
    const timeline = new Timeline({ marks: [mark(1, 0), mark(2, 3), mark(3, 7200)], recorded: [] });
    expect(timeline.durationMs).toBe(7000 + 1500 + 4000);
    const [first, second, third] = timeline.marks.map(({ atMs }) => atMs);
    expect((second ?? 0) - (first ?? 0)).toBe(3000);
    expect(third).toBe(7000 + 1500 + 2000);
  });

  it("knows which instant of the session each of its places is, and the way back", () => {
    const timeline = new Timeline({ marks: [mark(1, 0), mark(2, 600)], recorded: [stretch(0, 100, 130)] });
    for (const seconds of [-1, 0, 1.5, 100, 115, 129, 599, 601]) {
      const real = BEGAN + seconds * 1000;
      expect(timeline.realAt(timeline.placeOf(real))).toBeCloseTo(real, 3);
    }
    let before = Number.NEGATIVE_INFINITY;
    for (let ms = 0; ms <= timeline.durationMs; ms += 50) {
      expect(timeline.realAt(ms)).toBeGreaterThanOrEqual(before);
      before = timeline.realAt(ms);
    }
  });

  it("counts the changes up to a place, and finds each of them", () => {
    const timeline = new Timeline({ marks: [mark(1, 0), mark(2, 30), mark(3, 31)], recorded: [] });
    expect(timeline.revisionAt(0)).toBe(0);
    for (const { mark: one, atMs } of timeline.marks) {
      expect(timeline.revisionAt(atMs)).toBe(one.revision);
      expect(timeline.placeOfRevision(one.revision)).toBe(atMs);
    }
    expect(timeline.revisionAt(timeline.durationMs)).toBe(3);
  });

  it("keeps changes in order where a clock was set back", () => {
    const places = new Timeline({ marks: [mark(1, 60), mark(2, 10), mark(3, 70)], recorded: [] }).marks;
    expect(places.map(({ atMs }) => atMs)).toEqual([...places.map(({ atMs }) => atMs)].sort((a, b) => a - b));
  });

  it("finds what is recorded of people at an instant", () => {
    const timeline = new Timeline({ marks: [mark(1, 0)], recorded: [stretch(4, 10, 25), stretch(5, 25, 40)] });
    expect(timeline.stretchAt(BEGAN + 12_000)?.number).toBe(4);
    expect(timeline.stretchAt(BEGAN + 30_000)?.number).toBe(5);
    expect(timeline.stretchAt(BEGAN + 50_000)).toBeNull();
    expect(timeline.recordedParts).toHaveLength(1);
  });

  it("is empty where nothing happened", () => {
    const timeline = new Timeline({ marks: [], recorded: [] });
    expect([timeline.durationMs, timeline.revisionAt(0), timeline.realAt(0)]).toEqual([0, 0, 0]);
  });
});
