// What the timeline of a replay shows.
import { createStore, type StoreApi } from "zustand/vanilla";
import type { ReplayTimeline } from "../protocol";
import type { Timeline } from "./timeline";

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64] as const;

export interface ReplayState {
  readonly phase: "closed" | "loading" | "open";
  readonly told: ReplayTimeline | null;
  readonly timeline: Timeline | null;
  /** Since the replay's beginning. */
  readonly atMs: number;
  readonly playing: boolean;
  readonly speed: number;
  /** Changes made up to here. */
  readonly revision: number;
  /** Some of the recording of people cannot be read. */
  readonly lostPeople: boolean;
}

export const CLOSED: ReplayState = {
  phase: "closed",
  told: null,
  timeline: null,
  atMs: 0,
  playing: false,
  speed: 1,
  revision: 0,
  lostPeople: false,
};

export type ReplayStore = StoreApi<ReplayState>;

export function createReplayStore(): ReplayStore {
  return createStore(() => CLOSED);
}
