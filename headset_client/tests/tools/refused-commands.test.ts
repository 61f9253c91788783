import { describe, expect, it } from "vitest";
import type { PlanningApp } from "../../src/planning-app";
import type { Role } from "../../src/protocol";
import { mayRole, refusalWords } from "../../src/session/roles";
import { commandsOf } from "../../src/tools/commands";
import { createUiStore } from "../../src/ui-state";

const WRITING = ["plane", "surface", "line", "wedge", "territory", "flip", "copy", "remove", "measure-pin"];

function appOf(role: Role, refused: string[]): PlanningApp {
  const state = { scene: { structures: [] }, undoable: { undo: null, redo: null }, me: { role } };
  return {
    ui: createUiStore(),
    editor: {},
    session: {
      state: { getState: () => state },
      refusal: (tag: Parameters<typeof mayRole>[1]) => (mayRole(role, tag) ? undefined : refusalWords(role)),
      refuses: (tag: string) => refused.push(tag) > 0,
    },
  } as unknown as PlanningApp;
}

describe("commands of a viewer", () => {
  it("are refused with the reason where the server would refuse them, and do nothing else", () => {
    const refused: string[] = [];
    const commands = commandsOf(appOf("viewer", refused));
    for (const id of WRITING) {
      const command = commands.find((one) => one.id === id);
      expect(command?.refusal, id).toBe(refusalWords("viewer"));
      command?.run();
    }
    expect(refused).toHaveLength(WRITING.length);
    expect(commands.find(({ id }) => id === "beside")?.refusal).toBeUndefined();
  });

  it("are an editor's without a word", () => {
    expect(commandsOf(appOf("editor", [])).filter(({ refusal }) => refusal !== undefined)).toEqual([]);
  });
});
