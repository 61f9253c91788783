import { describe, expect, test } from "vitest";
import { adaptedBudget, FramePace } from "../../src/scene/frame-pace";

describe("frame pace", () => {
  test("is the time between frames that follow one another; pauses do not count", () => {
    const pace = new FramePace();
    let now = 0;
    for (let n = 0; n < 40; n++) {
      now += n % 10 === 0 ? 5000 : 16;
      pace.frame(now, n % 10 !== 0);
    }
    expect(pace.typicalMs).toBeCloseTo(16, 6);
  });

  test("hardly changes with one pause between frames, and is late where every frame takes a second or more", () => {
    const pace = new FramePace();
    let now = 0;
    for (let n = 0; n < 40; n++) {
      now += 16;
      pace.frame(now, true);
    }
    now += 60_000;
    pace.frame(now, true);
    expect(adaptedBudget(100, 100, pace.typicalMs, 33)).toBe(100);
    for (let n = 0; n < 40; n++) {
      now += 1500;
      pace.frame(now, true);
    }
    expect(adaptedBudget(100, 100, pace.typicalMs, 33)).toBeCloseTo(70);
  });

  test("is unknown after a few frames, and again when something else is drawn", () => {
    const pace = new FramePace();
    for (let n = 0; n < 10; n++) pace.frame(n * 16, true);
    expect(pace.typicalMs).toBeNull();
    for (let n = 10; n < 40; n++) pace.frame(n * 16, true);
    expect(pace.typicalMs).not.toBeNull();
    pace.forget();
    expect(pace.typicalMs).toBeNull();
  });
});

describe("triangle budget", () => {
  test("falls while frames are late, rises while there is time, and rests in between", () => {
    expect(adaptedBudget(100, 100, 60, 33)).toBeCloseTo(70);
    expect(adaptedBudget(50, 100, 16, 33)).toBeCloseTo(60);
    expect(adaptedBudget(50, 100, 33, 33)).toBe(50);
    expect(adaptedBudget(50, 100, null, 33)).toBe(50);
  });

  test("stays between a quarter and all of what the device may have", () => {
    expect(adaptedBudget(26, 100, 900, 33)).toBe(25);
    expect(adaptedBudget(95, 100, 1, 33)).toBe(100);
  });
});
