import { describe, expect, it } from "vitest";
import type { ReplayDoor } from "../../src/replay/replay-door";
import { CLOSED, createReplayStore } from "../../src/replay/replay-state";
import { Timeline } from "../../src/replay/timeline";
import type { PageParts } from "../../src/xr/pages/page-parts";
import { replayPage } from "../../src/xr/pages/replay-page";

const told = {
  case_id: "demo",
  revision: 1,
  marks: [
    {
      revision: 1,
      at: "2026-01-02T03:04:05.000+00:00",
      by: "ann",
      plan_id: "plan-1",
      plan_name: "Plan 1",
      kind: "cut_moved" as const,
      cut: 2,
      name: "",
    },
  ],
  people: [{ client_id: "ann", display_name: "Ann", colour: "#4f9dff", device: "headset" as const }],
  visits: [],
  recorded: [],
  damaged_recordings: 0,
};

function page(isOpen: boolean) {
  const done: string[] = [];
  const state = createReplayStore();
  const timeline = new Timeline(told);
  if (isOpen) state.setState({ ...CLOSED, phase: "open", told, timeline, revision: 1, speed: 4 });
  const replay = {
    step: (by: number) => done.push(`step ${by}`),
    toggle: () => done.push("toggle"),
    seek: () => done.push("seek"),
    changeSpeed: (by: number) => done.push(`speed ${by}`),
  };
  const door = { state, replay, open: async () => done.push("open"), close: () => done.push("close") };
  const parts = { replay: door as unknown as ReplayDoor, choose: () => undefined } as unknown as PageParts;
  const shown = replayPage(parts);
  const press = (id: string) =>
    shown.rows
      .flat()
      .find((button) => button.id === id)
      ?.press?.();
  return { shown, press, done };
}

describe("the board's page of a replay", () => {
  it("opens it", () => {
    const { press, done } = page(false);
    press("replay-open");
    expect(done).toEqual(["open"]);
  });

  it("says that this is not live, and who did what last", () => {
    const { shown } = page(true);
    expect(shown.title).toBe("Replay, not live");
    expect(shown.note?.slice(0, 2)).toEqual(["Ann moved cut 2", "Plan 1"]);
    expect(shown.note).toContain("Only you see this. The plan does not change.");
  });

  it("steps, plays, goes faster, and back to what is now", () => {
    const { press, done } = page(true);
    for (const id of [
      "replay-before",
      "replay-after",
      "replay-play",
      "replay-speed-more",
      "replay-on",
      "replay-live",
    ]) {
      press(id);
    }
    expect(done).toEqual(["step -1", "step 1", "toggle", "speed 1", "seek", "close"]);
  });
});
