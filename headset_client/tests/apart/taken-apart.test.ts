import { describe, expect, it, vi } from "vitest";
import { createStore } from "zustand/vanilla";
import { type ApartScene, TakenApart } from "../../src/apart/taken-apart";
import type { Parts } from "../../src/protocol";
import type { PlanningSession } from "../../src/session/planning-session";
import { reduceSession } from "../../src/session/reduce-session";
import { INITIAL_SESSION, type SessionState } from "../../src/session/session-state";
import { plane } from "../session/fixtures";

const PARTS: Parts = {
  type: "parts",
  request_id: "parts-1",
  revision: 1,
  apart_lps: [1, 0, 0],
  parts: [
    { structure: "liver", side: "remnant", asset: "a".repeat(64), bytes: 9, triangles: 4, volume_ml: 300 },
    { structure: "liver", side: "resected", asset: "b".repeat(64), bytes: 9, triangles: 4, volume_ml: 700 },
  ],
};

function world() {
  const online = { kind: "online", roundTripMs: null } as const;
  const state = createStore<SessionState>(() => ({ ...INITIAL_SESSION, connection: online }));
  const hear = (message: Parameters<typeof reduceSession>[1]) =>
    state.setState((known) => reduceSession(known, message));
  hear({ kind: "server", message: { type: "plan", revision: 1, resections: [plane(0)] } });
  const told: string[] = [];
  const session = {
    state,
    askParts: () => "parts-1",
    cancelParts: vi.fn(),
    tell: (message: string) => told.push(message),
  };
  const scene = { loadMesh: vi.fn(async () => []), showParts: vi.fn(), moveParts: vi.fn() } satisfies ApartScene;
  const apart = new TakenApart({
    session: session as unknown as PlanningSession,
    scene: () => scene,
    requestFrame: () => undefined,
  });
  const answer = async () => {
    hear({ kind: "server", message: PARTS });
    await vi.waitFor(() => expect(apart.state.getState().phase).toBe("apart"));
  };
  return { apart, scene, session, told, hear, answer };
}

describe("the liver taken apart", () => {
  it("follows the cutting, then draws the parts apart and names their volumes", async () => {
    const { apart, scene, hear, answer } = world();
    apart.open();
    hear({ kind: "server", message: { type: "parts.progress", request_id: "parts-1", fraction: 0.4 } });
    expect(apart.state.getState()).toMatchObject({ phase: "cutting", fraction: 0.4 });
    await answer();
    expect(scene.showParts).toHaveBeenCalledOnce();
    expect(apart.state.getState().volumesMl).toEqual({ remnant: 300, resected: 700 });
    expect(apart.update(1000)).toBe(true);
    expect(apart.update(9000)).toBe(false);
    expect(scene.moveParts).toHaveBeenLastCalledWith(apart.state.getState().gapMm);
  });

  it("follows the slider at once, within its ends", async () => {
    const { apart, scene, answer } = world();
    apart.open();
    await answer();
    apart.setGap(500);
    expect(scene.moveParts).toHaveBeenLastCalledWith(120);
    expect(apart.update(0)).toBe(false);
  });

  it("ends with a word when the plan changes", async () => {
    const { apart, scene, told, hear, answer } = world();
    apart.open();
    await answer();
    hear({ kind: "server", message: { type: "plan", revision: 2, resections: [plane(5)] } });
    expect(apart.state.getState().phase).toBe("whole");
    expect(scene.showParts).toHaveBeenLastCalledWith(null, [0, 0, 0]);
    expect(told).toHaveLength(1);
  });

  it("stays where the plan is told again unchanged", async () => {
    const { apart, hear, answer } = world();
    apart.open();
    await answer();
    hear({ kind: "server", message: { type: "plan", revision: 2, resections: [plane(0)] } });
    expect(apart.state.getState().phase).toBe("apart");
  });

  it("is whole again where the server gives up, and a late answer changes nothing", () => {
    const { apart, scene, session, hear } = world();
    apart.open();
    const ended = { type: "parts.ended", request_id: "parts-1", code: "failed", message: "no", cure: "so" } as const;
    hear({ kind: "server", message: ended });
    expect(apart.state.getState().phase).toBe("whole");
    apart.open();
    apart.close();
    expect(session.cancelParts).toHaveBeenCalledWith("parts-1");
    hear({ kind: "server", message: PARTS });
    expect(scene.showParts).not.toHaveBeenCalled();
  });
});
