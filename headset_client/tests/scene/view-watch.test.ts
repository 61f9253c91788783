// When levels are chosen: at rest, and now and then under way.
import { Group, PerspectiveCamera } from "three";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ViewPose } from "../../src/scene/level-choice";
import { ViewWatch } from "../../src/scene/view-watch";

const FRAME_MS = 14;
const told: ViewPose[] = [];
const camera = new PerspectiveCamera(28, 1.5, 0.01, 30);
const patient = new Group();
let watch: ViewWatch;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  told.length = 0;
  camera.position.set(0, 0, 0);
  watch = new ViewWatch((pose) => told.push(pose));
});

afterEach(() => {
  watch.dispose();
  vi.useRealTimers();
});

/** Frames in which the head goes so far, metres each. */
function frames(count: number, stepM: number): void {
  for (let n = 0; n < count; n++) {
    camera.position.x += stepM;
    camera.updateMatrixWorld(true);
    watch.look(camera, patient, 900);
    vi.advanceTimersByTime(FRAME_MS);
  }
}

test("a view that came to rest is told once, however long it rests", () => {
  frames(10, 0.05);
  frames(200, 0);
  expect(told.length).toBe(1);
  expect(watch.moving).toBe(false);
});

test("a head that never rests is told of about once a second", () => {
  frames(Math.round(5000 / FRAME_MS), 0.3);
  expect(watch.moving).toBe(true);
  expect(told.length).toBeGreaterThanOrEqual(3);
  expect(told.length).toBeLessThanOrEqual(5);
});

test("a head that is only not quite still is at rest", () => {
  frames(30, 0);
  frames(200, 0.000001);
  expect(told.length).toBe(1);
});
