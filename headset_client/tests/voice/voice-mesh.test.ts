import { beforeEach, describe, expect, test } from "vitest";
import type { VoicePerson, VoiceSignal } from "../../src/protocol";
import { VoiceMesh } from "../../src/voice/voice-mesh";
import { asConnection, FakeConnection, track } from "./fake-connection";

const OFFER: VoiceSignal = { kind: "offer", sdp: "offer" };
const people = (...seats: number[]): VoicePerson[] =>
  seats.map((seat) => ({ client_id: `c-${seat}`, seat, is_muted: false, muted_by: null }));

let connections: FakeConnection[];
let said: (readonly [number, VoiceSignal["kind"]])[];
let gone: number[];
let mesh: VoiceMesh;

const settle = () => new Promise((done) => setTimeout(done, 0));

beforeEach(() => {
  [connections, said, gone] = [[], [], []];
  mesh = new VoiceMesh({
    connect: (configuration) => {
      const made = new FakeConnection(configuration);
      connections.push(made);
      return asConnection(made);
    },
    say: (to, signal) => said.push([to, signal.kind]),
    onVoice: () => undefined,
    onState: () => undefined,
    onGone: (seat) => gone.push(seat),
  });
});

describe("the connections of one person", () => {
  test("offer to who came later and wait for the offers of who came first", async () => {
    mesh.sit(5, []);
    mesh.attend(people(2, 5, 7, 9));
    await settle();
    expect(mesh.seats).toEqual([7, 9]);
    expect(said).toEqual([
      [7, "offer"],
      [9, "offer"],
    ]);
    mesh.take(2, OFFER);
    await settle();
    expect(said.at(-1)).toEqual([2, "answer"]);
  });

  test("take an offer that overtakes the news of who makes it", async () => {
    mesh.sit(5, []);
    mesh.take(2, OFFER);
    await settle();
    expect(said).toEqual([[2, "answer"]]);
    mesh.attend(people(2, 5));
    expect(connections.length).toBe(1);
  });

  test("are not begun by who should wait, nor by addresses alone", () => {
    mesh.sit(5, []);
    mesh.take(9, OFFER);
    mesh.take(2, { kind: "candidate", candidate: "address", sdp_mid: "0", sdp_m_line_index: 0 });
    mesh.take(5, OFFER);
    expect(connections).toEqual([]);
  });

  test("end for who left, and begin anew for who came back on a new seat", async () => {
    mesh.sit(1, []);
    mesh.attend(people(1, 2));
    mesh.attend(people(1, 4)); // the same person, and the news of their leaving was never sent on a slow line
    await settle();
    expect([mesh.seats, gone]).toEqual([[4], [2]]);
    expect(connections.map(({ closed }) => closed)).toEqual([true, false]);
  });

  test("are not ended by news older than one's own place", () => {
    mesh.sit(5, []);
    mesh.take(2, OFFER);
    mesh.attend(people(1));
    expect(mesh.seats).toEqual([2]);
  });

  test("all end with a new place, and there is nothing without one", () => {
    mesh.sit(1, []);
    mesh.attend(people(1, 2, 3));
    mesh.sit(9, []);
    expect([mesh.seats, connections.every(({ closed }) => closed)]).toEqual([[], true]);
    mesh.close();
    mesh.attend(people(9, 12));
    mesh.take(2, OFFER);
    expect(mesh.seats).toEqual([]);
  });

  test("know no other host than those of the hospital", () => {
    mesh.sit(1, []);
    mesh.attend(people(1, 2));
    expect(connections[0]?.configuration).toEqual({ iceServers: [] });
    mesh.sit(3, [
      { urls: "stun:s", username: "", credential: "" },
      { urls: "turn:t", username: "u", credential: "p" },
    ]);
    mesh.attend(people(3, 4));
    expect(connections[1]?.configuration.iceServers).toEqual([
      { urls: "stun:s" },
      { urls: "turn:t", username: "u", credential: "p" },
    ]);
  });

  test("are never more than the room has places", () => {
    mesh.sit(50, []);
    for (let seat = 1; seat < 20; seat++) mesh.take(seat, OFFER);
    expect(mesh.seats.length).toBe(6);
  });

  test("all send from a new microphone", async () => {
    mesh.sit(1, []);
    mesh.attend(people(1, 2, 3));
    mesh.setTrack(track("new"));
    await settle();
    expect(connections.map(({ transceivers }) => transceivers[0]?.sender.track?.id)).toEqual(["new", "new"]);
  });
});
