import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { VoiceSignal } from "../../src/protocol";
import { type LinkState, VoiceLink } from "../../src/voice/voice-link";
import { asConnection, FakeConnection, track } from "./fake-connection";

interface End {
  readonly fake: FakeConnection;
  readonly link: VoiceLink;
  readonly said: VoiceSignal[];
  readonly states: LinkState[];
}

function end(offers: boolean, microphone: MediaStreamTrack | null = track("mine")): End {
  const fake = new FakeConnection();
  const [said, states]: [VoiceSignal[], LinkState[]] = [[], []];
  const link = new VoiceLink(asConnection(fake), offers, microphone, {
    say: (signal) => said.push(signal),
    onVoice: () => undefined,
    onState: (state) => states.push(state),
  });
  return { fake, link, said, states };
}

const candidate = (text: string): VoiceSignal => ({
  kind: "candidate",
  candidate: text,
  sdp_mid: "0",
  sdp_m_line_index: 0,
});

async function settle(...ends: End[]): Promise<void> {
  for (const { link } of ends) await link.settled;
}

async function agree(one: End, other: End): Promise<void> {
  await settle(one);
  for (const signal of one.said.splice(0)) other.link.take(signal);
  await settle(other);
  for (const signal of other.said.splice(0)) one.link.take(signal);
  await settle(one);
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("two browsers", () => {
  test("agree in one offer and one answer, and both send", async () => {
    const [ann, bob] = [end(true, track("ann")), end(false, track("bob"))];
    await agree(ann, bob);
    expect(ann.fake.did).toEqual(["local offer", "remote answer"]);
    expect(bob.fake.did).toEqual(["remote offer", "local answer"]);
    expect([ann, bob].map(({ fake }) => fake.transceivers[0]?.direction)).toEqual(["sendrecv", "sendrecv"]);
    expect([ann, bob].map(({ fake }) => fake.transceivers[0]?.sender.track?.id)).toEqual(["ann", "bob"]);
  });

  test("never offer both at once: who answers says nothing by itself, who offers takes no offer", async () => {
    const [ann, bob] = [end(true), end(false)];
    await settle(ann, bob);
    expect(bob.said).toEqual([]);
    ann.link.take({ kind: "offer", sdp: "offer of a stranger" });
    bob.link.take({ kind: "answer", sdp: "answer to nothing" });
    await settle(ann, bob);
    expect([ann.fake.did, bob.fake.did]).toEqual([["local offer"], []]);
  });

  test("keep addresses that come before the description, a bounded number of them", async () => {
    const bob = end(false);
    for (let number = 0; number < 100; number++) bob.link.take(candidate(`address ${number}`));
    bob.link.take({ kind: "offer", sdp: "offer" });
    bob.link.take(candidate("late"));
    await settle(bob);
    expect(bob.fake.candidates.length).toBe(65);
    expect(bob.fake.candidates[0]).toBe("address 0");
    expect(bob.fake.candidates[64]).toBe("late");
  });

  test("an answer said twice is taken once", async () => {
    const [ann, bob] = [end(true), end(false)];
    await agree(ann, bob);
    ann.link.take({ kind: "answer", sdp: "answer" });
    await settle(ann);
    expect(ann.fake.did).toEqual(["local offer", "remote answer"]);
  });

  test("who has no microphone listens, and speaks later without a word", async () => {
    const [ann, bob] = [end(true, null), end(false, null)];
    await agree(ann, bob);
    bob.link.setTrack(track("found"));
    expect(bob.fake.transceivers[0]?.sender.track?.id).toBe("found");
    expect([ann.said, bob.said]).toEqual([[], []]);
  });

  test("tell each other their addresses", () => {
    const ann = end(true);
    ann.fake.find("address");
    expect(ann.said).toEqual([candidate("address")]);
  });
});

describe("a connection that fails", () => {
  test("is tried again a few times by who offers, and never by the other", async () => {
    const [ann, bob] = [end(true), end(false)];
    await agree(ann, bob);
    for (let time = 0; time < 6; time++) {
      ann.fake.become("failed");
      bob.fake.become("failed");
      await settle(ann, bob);
    }
    expect(ann.said.map((signal) => signal.kind === "offer" && signal.sdp)).toEqual(
      Array(3).fill(`offer of ${ann.fake.number} again`),
    );
    expect(bob.said).toEqual([]);
    expect(bob.states).toContain("failed");
  });

  test("that comes back is whole, and may fail anew", async () => {
    const [ann, bob] = [end(true), end(false)];
    await agree(ann, bob);
    ann.fake.become("connected");
    ann.fake.become("disconnected");
    ann.fake.become("connected");
    vi.advanceTimersByTime(60_000);
    expect(ann.states).toEqual(["connected", "connecting", "connected"]);
  });

  test("is told after a while where nothing comes", () => {
    const ann = end(true);
    vi.advanceTimersByTime(19_000);
    expect(ann.states).toEqual([]);
    vi.advanceTimersByTime(2_000);
    expect(ann.states).toEqual(["failed"]);
  });

  test("by a broken description costs this connection alone and throws nothing", async () => {
    const bob = end(false);
    bob.link.take({ kind: "offer", sdp: "broken" });
    await settle(bob);
    expect(bob.states).toEqual(["failed"]);
  });

  test("or that was closed says nothing any more", async () => {
    const ann = end(true);
    ann.link.close();
    ann.link.take({ kind: "answer", sdp: "late" });
    await settle(ann);
    vi.advanceTimersByTime(60_000);
    expect([ann.said, ann.states, ann.fake.closed]).toEqual([[], [], true]);
  });
});
