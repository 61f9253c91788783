import { expect, test } from "vitest";
import { type Clock, PreviewPace } from "../../src/session/preview-pace";
import { plane } from "./fixtures";

function clockAt(): Clock & { time: number; due: (() => void) | null; tick(milliseconds: number): void } {
  return {
    time: 0,
    due: null,
    now() {
      return this.time;
    },
    after(_, run) {
      this.due = run;
      return () => {
        this.due = null;
      };
    },
    tick(milliseconds) {
      this.time += milliseconds;
      const run = this.due;
      this.due = null;
      run?.();
    },
  };
}

test("sends at once, then the newest every 16 ms", () => {
  const clock = clockAt();
  const sent: number[] = [];
  const pace = new PreviewPace((_, sequence) => sent.push(sequence), clock);
  pace.offer(plane(1), 1);
  pace.offer(plane(2), 2);
  pace.offer(plane(3), 3);
  expect(sent).toEqual([1]);
  clock.tick(16);
  expect(sent).toEqual([1, 3]);
});

test("sends nothing after it was stopped", () => {
  const clock = clockAt();
  const sent: number[] = [];
  const pace = new PreviewPace((_, sequence) => sent.push(sequence), clock);
  pace.offer(plane(1), 1);
  pace.offer(plane(2), 2);
  pace.stop();
  clock.tick(50);
  expect(sent).toEqual([1]);
});
