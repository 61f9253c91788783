// The microphone, or in one word why there is none.
import type { VoiceChoices } from "./voice-choices";

export type MicrophoneProblem = "insecure" | "none" | "denied" | "busy" | "lost" | "unasked";

export class MicrophoneError extends Error {
  readonly problem: MicrophoneProblem;

  constructor(problem: MicrophoneProblem) {
    super(problem);
    this.problem = problem;
  }
}

export type Devices = Pick<MediaDevices, "getUserMedia" | "enumerateDevices">;

/** Asks the person where they were not asked before. Browsers have no microphone for a page that is not secure. */
export async function openMicrophone(
  choices: VoiceChoices,
  devices: Devices | null = navigator.mediaDevices ?? null,
): Promise<MediaStreamTrack> {
  if (!devices) throw new MicrophoneError("insecure");
  try {
    return await opened(devices, choices);
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    // The one chosen is not plugged in today: any other will do.
    if (choices.microphone && (name === "OverconstrainedError" || name === "NotFoundError")) {
      return openMicrophone({ ...choices, microphone: "" }, devices);
    }
    throw new MicrophoneError(problemOf(name));
  }
}

async function opened(devices: Devices, { microphone, cancelsEcho }: VoiceChoices): Promise<MediaStreamTrack> {
  const audio: MediaTrackConstraints = {
    echoCancellation: cancelsEcho,
    noiseSuppression: true,
    autoGainControl: true,
    ...(microphone && { deviceId: { exact: microphone } }),
  };
  const [track] = (await devices.getUserMedia({ audio })).getAudioTracks();
  if (!track) throw new MicrophoneError("none");
  return track;
}

function problemOf(name: string): MicrophoneProblem {
  switch (name) {
    case "NotFoundError":
    case "OverconstrainedError":
      return "none";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "denied";
  }
}

/** Whether the browser would put its question; nobody sees it who wears a headset. */
export async function wouldAsk(): Promise<boolean> {
  const query = navigator.permissions?.query({ name: "microphone" as PermissionName });
  return (await query?.catch(() => null))?.state === "prompt";
}

/** Microphones by id and name; names are known once the person let one be used. */
export async function microphones(
  devices: Devices | null = navigator.mediaDevices ?? null,
): Promise<readonly (readonly [string, string])[]> {
  const all = (await devices?.enumerateDevices().catch(() => [])) ?? [];
  return all
    .filter(({ kind, deviceId, label }) => kind === "audioinput" && deviceId && deviceId !== "default" && label)
    .map(({ deviceId, label }) => [deviceId, label]);
}
