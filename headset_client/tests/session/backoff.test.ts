import { expect, test } from "vitest";
import { backoffMs } from "../../src/session/backoff";

test("waits longer after every attempt, up to 8 seconds", () => {
  const waits = [1, 2, 3, 4, 5, 6, 20].map((attempt) => backoffMs(attempt, 0.5));
  expect(waits).toEqual([400, 800, 1600, 3200, 6400, 8000, 8000]);
});

test("spreads clients by a quarter either way", () => {
  expect(backoffMs(2, 0)).toBe(600);
  expect(backoffMs(2, 1)).toBe(1000);
});
