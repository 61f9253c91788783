import { beforeEach, describe, expect, test, vi } from "vitest";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { PlanningApp } from "../../src/planning-app";
import type { ClientMessage, VoicePerson } from "../../src/protocol";
import { INITIAL_SESSION, type SessionState } from "../../src/session/session-state";
import { english } from "../../src/strings";
import { LiveVoice } from "../../src/voice/live-voice";
import { MicrophoneError, type MicrophoneProblem } from "../../src/voice/microphone";
import { FakeConnection } from "./fake-connection";

let problem: MicrophoneProblem | null;
const microphone = { enabled: false, stopped: false, onended: null as (() => void) | null };

vi.mock("../../src/voice/hearing", () => ({
  Hearing: class {
    isSilenced = false;
    wake = async () => undefined;
    add = () => undefined;
    remove = () => undefined;
    of = () => undefined;
    listenToOwn = () => undefined;
    speakers = () => new Set();
    close = () => undefined;
  },
}));
vi.mock("../../src/voice/microphone", async (original) => ({
  ...(await original<object>()),
  wouldAsk: async () => false,
  openMicrophone: async () => {
    if (problem) throw new MicrophoneError(problem);
    microphone.stopped = false;
    return Object.assign(microphone, { stop: () => Object.assign(microphone, { stopped: true }) });
  },
}));

const kept = new Map<string, string>();
const storage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
};
const person = (id: string, seat: number, more: Partial<VoicePerson> = {}): VoicePerson => ({
  client_id: id,
  seat,
  is_muted: false,
  muted_by: null,
  ...more,
});

let said: ClientMessage[];
let told: string[];
let state: StoreApi<SessionState>;
let app: PlanningApp;
let voice: LiveVoice;

const room = (people: VoicePerson[], waiting: string[] = []) => state.setState({ voice: { people, waiting } });
const online = () => state.setState({ connection: { kind: "online", roundTripMs: null } });
const lost = () =>
  state.setState({
    connection: { kind: "reconnecting", attempt: 1, retryInMs: 1 },
    voice: { people: [], waiting: [] },
  });
const joined = (seat: number) => app.session.onVoice({ type: "voice.joined", seat, ice_servers: [] });
const last = () => said.at(-1);

beforeEach(() => {
  kept.clear();
  [problem, said, told] = [null, [], []];
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("localStorage", storage);
  vi.stubGlobal("sessionStorage", storage);
  vi.stubGlobal("RTCPeerConnection", FakeConnection);
  state = createStore<SessionState>(() => ({
    ...INITIAL_SESSION,
    me: { clientId: "me", colour: "", assetToken: "", role: "editor" },
  }));
  online();
  app = {
    caseId: "case",
    session: {
      state,
      onVoice: () => undefined,
      sayOfVoice: (message: ClientMessage) => said.push(message) > 0,
      tell: (message: string) => void told.push(message),
    },
    ui: { getState: () => ({ xrMode: "desktop" }) },
    onFrame: () => () => undefined,
    requestFrame: () => undefined,
  } as unknown as PlanningApp;
  voice = new LiveVoice(app);
});

async function comeIn(): Promise<void> {
  await voice.join();
  joined(3);
  room([person("me", 3)]);
}

describe("a conversation", () => {
  test("is joined with an open microphone and left with it closed", async () => {
    await comeIn();
    expect([voice.state.getState().phase, microphone.enabled]).toEqual(["in", true]);
    voice.leave();
    expect([last()?.type, microphone.stopped, voice.state.getState().phase]).toEqual(["voice.leave", true, "off"]);
    expect([...kept.values()]).toEqual([]);
  });

  test("is listened to without a microphone, and says why", async () => {
    problem = "denied";
    await voice.join();
    expect(last()).toEqual({ type: "voice.join", is_muted: true });
    joined(3);
    expect(voice.state.getState()).toMatchObject({ phase: "in", problem: "denied" });
  });

  test("closes the microphone at once when one mutes oneself, before the server knows", async () => {
    await comeIn();
    voice.mute(true);
    expect([microphone.enabled, last()]).toEqual([false, { type: "voice.mute", client_id: "me", is_muted: true }]);
  });

  test("speaks while held and is muted again afterwards", async () => {
    await comeIn();
    voice.mute(true);
    room([person("me", 3, { is_muted: true })]);
    voice.hold(true);
    expect([microphone.enabled, last()]).toMatchObject([true, { is_muted: false }]);
    voice.hold(false);
    expect([microphone.enabled, last()]).toMatchObject([false, { is_muted: true }]);
  });

  test("with push to talk opens the microphone only while held, and tells nobody", async () => {
    await comeIn();
    voice.choose({ pushToTalk: true });
    const before = said.length;
    expect(microphone.enabled).toBe(false);
    voice.hold(true);
    expect(microphone.enabled).toBe(true);
    voice.hold(false);
    expect([microphone.enabled, said.length]).toEqual([false, before]);
  });

  test("tells who muted one, and no key opens the microphone then, only one's own word", async () => {
    await comeIn();
    room([person("me", 3, { is_muted: true, muted_by: "Ann" })]);
    expect([told, microphone.enabled]).toEqual([[english.voice.mutedBy("Ann")], false]);
    voice.hold(true);
    expect([voice.state.getState().isHeld, microphone.enabled]).toEqual([false, false]);
    voice.mute(false);
    room([person("me", 3)]);
    expect(microphone.enabled).toBe(true);
  });

  test("that is full is waited for in plain words, and entered when somebody leaves", async () => {
    await voice.join();
    room([person("a", 1)], ["me"]);
    expect([voice.state.getState().phase, told]).toEqual(["waiting", [english.voice.full]]);
    joined(9);
    expect([voice.state.getState().phase, told.at(-1)]).toEqual(["in", english.voice.cameIn]);
  });

  test("comes back after a drop, muted as before", async () => {
    await comeIn();
    voice.mute(true);
    lost();
    expect(voice.state.getState().phase).toBe("joining");
    const before = said.length;
    online();
    expect([said.length - before, last()]).toEqual([1, { type: "voice.join", is_muted: true }]);
  });

  test("comes back after a reload of the page and not in another case", async () => {
    await comeIn();
    voice.mute(true);
    const again = new LiveVoice(app);
    await vi.waitFor(() => expect(said.filter(({ type }) => type === "voice.join").length).toBe(2));
    expect(last()).toEqual({ type: "voice.join", is_muted: true });
    again.leave();
    said = [];
    new LiveVoice({ ...app, caseId: "other" } as PlanningApp);
    expect(said).toEqual([]);
  });

  test("ends with the microphone closed for who is sent away", async () => {
    await comeIn();
    state.setState({ connection: { kind: "refused", message: "", cure: "" } });
    expect([voice.state.getState().phase, microphone.stopped]).toEqual(["off", true]);
  });

  test("goes on listening when the microphone is unplugged", async () => {
    await comeIn();
    microphone.onended?.();
    expect(voice.state.getState()).toMatchObject({ phase: "in", problem: "lost" });
  });
});
