import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keepIdentity, takeIdentity } from "../../src/session/kept-identity";

const ANN = { clientId: "c-1", resumeToken: "secret" };

describe("who a tab was", () => {
  const stored = new Map<string, string>();
  beforeEach(() => {
    stored.clear();
    vi.stubGlobal("sessionStorage", {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
      removeItem: (key: string) => stored.delete(key),
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  it("is known after a reload, in that case only", () => {
    keepIdentity("case-1", ANN);
    expect(takeIdentity("case-2")).toBeNull();
    expect(takeIdentity("case-1")).toEqual(ANN);
  });

  it("is taken once: a copy of the tab is somebody else", () => {
    keepIdentity("case-1", ANN);
    takeIdentity("case-1");
    expect(takeIdentity("case-1")).toBeNull();
  });

  it("is nobody where something else was stored", () => {
    for (const junk of ["", "{", "null", "7", '{"clientId":1,"resumeToken":"x"}']) {
      stored.set("cantlie-identity-case-1", junk);
      expect(takeIdentity("case-1")).toBeNull();
    }
  });

  it("is nobody where storage is refused, and the page goes on", () => {
    vi.stubGlobal("sessionStorage", {
      getItem: () => {
        throw new Error("refused");
      },
      setItem: () => {
        throw new Error("refused");
      },
    });
    keepIdentity("case-1", ANN);
    expect(takeIdentity("case-1")).toBeNull();
  });
});
