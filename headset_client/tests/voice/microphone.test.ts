import { describe, expect, test } from "vitest";
import { type Devices, MicrophoneError, microphones, openMicrophone } from "../../src/voice/microphone";
import { levelOf, SpeakingMeter } from "../../src/voice/speaking";
import type { VoiceChoices } from "../../src/voice/voice-choices";
import { speaksFrom } from "../../src/voice/voice-places";
import { track } from "./fake-connection";

const CHOICES: VoiceChoices = { microphone: "", cancelsEcho: true, pushToTalk: false, isSpatial: true };

function devices(answer: (audio: MediaTrackConstraints) => MediaStreamTrack | string): Devices {
  return {
    getUserMedia: async (constraints) => {
      const got = answer(constraints?.audio as MediaTrackConstraints);
      if (typeof got === "string") throw Object.assign(new Error(got), { name: got });
      return { getAudioTracks: () => [got] } as unknown as MediaStream;
    },
    enumerateDevices: async () =>
      [
        { kind: "audioinput", deviceId: "default", label: "Default" },
        { kind: "audioinput", deviceId: "a", label: "Headset" },
        { kind: "audioinput", deviceId: "b", label: "" },
        { kind: "audiooutput", deviceId: "c", label: "Loudspeaker" },
      ] as MediaDeviceInfo[],
  };
}

const problem = (name: string, choices = CHOICES) =>
  openMicrophone(
    choices,
    devices(() => name),
  ).catch((error: unknown) => (error as MicrophoneError).problem);

describe("the microphone", () => {
  test.each([
    ["NotAllowedError", "denied"],
    ["SecurityError", "denied"],
    ["NotFoundError", "none"],
    ["NotReadableError", "busy"],
    ["SomethingNewError", "denied"],
  ])("that is not to be had (%s) is said to be %s", async (name, expected) => {
    expect(await problem(name)).toBe(expected);
  });

  test("does not exist for a page that is not secure", async () => {
    await expect(openMicrophone(CHOICES, null)).rejects.toThrow(new MicrophoneError("insecure"));
  });

  test("that was chosen is asked for, and any other where it is not plugged in today", async () => {
    const asked: unknown[] = [];
    const got = await openMicrophone(
      { ...CHOICES, microphone: "a", cancelsEcho: false },
      devices(({ deviceId, echoCancellation }) => {
        asked.push([deviceId, echoCancellation]);
        return deviceId ? "OverconstrainedError" : track("other");
      }),
    );
    expect(got.id).toBe("other");
    expect(asked).toEqual([
      [{ exact: "a" }, false],
      [undefined, false],
    ]);
  });

  test("is listed by name where names are known", async () => {
    expect(await microphones(devices(() => "never asked"))).toEqual([["a", "Headset"]]);
    expect(await microphones(null)).toEqual([]);
  });
});

test("somebody speaks while they are loud, and over the gaps between words", () => {
  const meter = new SpeakingMeter();
  const heard = (level: number, ms: number) => meter.hear(level, ms);
  expect([heard(0.001, 0), heard(0.05, 100), heard(0.001, 400), heard(0.001, 500)]).toEqual([false, true, true, false]);
  expect(levelOf(new Float32Array([0.5, -0.5, 0.5, -0.5]))).toBeCloseTo(0.5);
  expect(levelOf(new Float32Array(0))).toBe(0);
});

test("a voice comes from the head in a headset, else from what is pointed at, else from where the person looks", () => {
  const head = { position_lps_mm: [1, 2, 3], quaternion: [0, 0, 0, 1] } as const;
  const ray = { from_lps_mm: [1, 2, 3], to_lps_mm: [7, 8, 9] } as const;
  const pose = { head, left: null, right: null, ray, model_scale: 1 };
  expect(speaksFrom(pose, true)).toEqual([1, 2, 3]);
  expect(speaksFrom(pose, false)).toEqual([7, 8, 9]);
  expect(speaksFrom({ ...pose, ray: null }, false)).toEqual([1, 2, 3]);
});
