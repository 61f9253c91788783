import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ServerMessage } from "../../src/protocol";
import { ControlClient } from "../../src/session/control-client";
import { WELCOME } from "./fixtures";

class FakeSocket {
  static readonly OPEN = 1;
  static made: FakeSocket[] = [];
  readyState = 1;
  readonly sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor() {
    FakeSocket.made.push(this);
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.readyState = 3;
    this.onclose?.();
  }
  hear(message: ServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

function newest(): FakeSocket {
  const socket = FakeSocket.made.at(-1);
  if (!socket) throw new Error("no socket was made");
  return socket;
}

describe("the control socket", () => {
  const told: string[] = [];
  const windowEvents = new Map<string, () => void>();
  let client: ControlClient;

  beforeEach(() => {
    vi.useFakeTimers();
    FakeSocket.made = [];
    told.length = 0;
    vi.stubGlobal("WebSocket", FakeSocket);
    vi.stubGlobal("sessionStorage", undefined);
    vi.stubGlobal("window", {
      addEventListener: (name: string, run: () => void) => windowEvents.set(name, run),
      removeEventListener: (name: string) => windowEvents.delete(name),
    });
    client = new ControlClient(
      "ws://here",
      { caseId: "case", displayName: "", device: "desktop" },
      {
        onMessage: (message) => told.push(message.type),
        onLost: (attempt) => told.push(`lost ${attempt}`),
        onRetry: () => told.push("retry"),
        onRoundTrip: () => undefined,
        onUnreadable: () => told.push("unreadable"),
      },
    );
    client.open();
    newest().onopen?.();
    newest().hear(WELCOME);
  });
  afterEach(() => {
    client.close();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("comes back as the same person after a loss", () => {
    newest().close();
    vi.advanceTimersByTime(2000);
    newest().onopen?.();
    expect(told).toEqual(["welcome", "lost 1", "retry"]);
    expect(JSON.parse(newest().sent[0] ?? "")).toMatchObject({
      type: "hello",
      client_id: "me-1",
      resume_token: "resume",
    });
  });

  it("leaves a line on which nothing comes back, though nobody closed it", () => {
    vi.advanceTimersByTime(16_000);
    expect(told).toContain("lost 1");
    expect(newest()).not.toBe(FakeSocket.made[0]);
  });

  it("stays on a line that answers", () => {
    for (let second = 0; second < 60; second += 5) {
      vi.advanceTimersByTime(5000);
      newest().hear({ type: "pong", sent_ms: 0 });
    }
    expect(FakeSocket.made).toHaveLength(1);
  });

  it("knows at once that the network is gone, and that it is back", () => {
    windowEvents.get("offline")?.();
    expect(told.at(-1)).toBe("lost 1");
    windowEvents.get("online")?.();
    expect(told.at(-1)).toBe("retry");
    expect(FakeSocket.made).toHaveLength(2);
  });

  it("tries again when the server stops, and does not where it refuses", () => {
    const fault = { type: "fault", message: "", cure: "", fatal: true } as const;
    newest().hear({ ...fault, code: "stopping" });
    newest().close();
    vi.advanceTimersByTime(2000);
    expect(FakeSocket.made).toHaveLength(2);
    newest().hear({ ...fault, code: "replaced" });
    newest().close();
    vi.advanceTimersByTime(20_000);
    expect(FakeSocket.made).toHaveLength(2);
    expect(told.at(-1)).toBe("fault");
  });
});
