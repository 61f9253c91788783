import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChangeQueue } from "../../src/session/change-queue";
import type { PlanOperation } from "../../src/session/pending-operation";
import { plane } from "./fixtures";

function commit(name: string): PlanOperation {
  return { type: "resection.commit", operation_id: name, base_revision: 1, resection: plane(1) };
}

describe("changes that the server has not answered", () => {
  const stored = new Map<string, string>();
  let heard: string[] = [];
  const line = (message: PlanOperation) => heard.push(message.operation_id) > 0;
  const noLine = () => false;

  beforeEach(() => {
    stored.clear();
    heard = [];
    vi.stubGlobal("sessionStorage", {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
      removeItem: (key: string) => stored.delete(key),
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  it("are said once a connection, in order", () => {
    const queue = new ChangeQueue("case");
    queue.add(commit("a"));
    queue.say(line);
    queue.add(commit("b"));
    queue.say(line);
    expect(heard).toEqual(["a", "b"]);
  });

  it("are said again after a lost connection unless they were answered", () => {
    const queue = new ChangeQueue("case");
    for (const name of ["a", "b"]) queue.add(commit(name));
    queue.say(line);
    expect(queue.answered("a")?.wasOwed).toBe(false);
    queue.lost();
    queue.add(commit("c"));
    queue.say(noLine);
    expect(queue.owed).toBe(2);
    queue.say(line);
    expect(heard).toEqual(["a", "b", "b", "c"]);
    expect(queue.answered("b")?.wasOwed).toBe(true);
    expect(queue.answered("b"), "answered twice").toBeNull();
  });

  it("outlive the page, in that case only", () => {
    const queue = new ChangeQueue("case");
    for (const name of ["a", "b"]) queue.add(commit(name));
    queue.answered("a");
    expect(new ChangeQueue("another").waiting).toEqual([]);
    const reloaded = new ChangeQueue("case");
    expect(reloaded.waiting).toEqual([commit("b")]);
    expect(reloaded.owed).toBe(1);
    reloaded.answered("b");
    expect(stored.size).toBe(0);
  });

  it("are not more under way at once than the server's outbox has room for", () => {
    const queue = new ChangeQueue("case");
    for (let number = 0; number < 200; number++) queue.add(commit(`op-${number}`));
    queue.say(line);
    expect(heard).toHaveLength(64);
    for (const name of [...heard]) {
      queue.answered(name);
      queue.say(line);
    }
    expect(heard).toHaveLength(128);
    expect(new Set(heard).size).toBe(128);
  });

  it("are none where something else was stored, or storage is refused", () => {
    for (const text of ["[1", "7", '[{"type":"resection.commit"}]', '{"a":1}']) {
      stored.set("cantlie-unsaved-case", text);
      expect(new ChangeQueue("case").waiting).toEqual([]);
    }
    vi.stubGlobal("sessionStorage", undefined);
    const queue = new ChangeQueue("case");
    queue.add(commit("a"));
    queue.say(line);
    expect(heard).toEqual(["a"]);
  });
});
