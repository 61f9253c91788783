// How this person wants to talk on this device.

export interface VoiceChoices {
  /** Of the microphone; empty for the device's own choice. */
  readonly microphone: string;
  readonly cancelsEcho: boolean;
  /** The microphone is open only while a key or a button is held. */
  readonly pushToTalk: boolean;
  /** Voices come from where people are. */
  readonly isSpatial: boolean;
}

const KEY = "cantlie-voice";
const AT_FIRST: VoiceChoices = { microphone: "", cancelsEcho: true, pushToTalk: false, isSpatial: true };

export function rememberedChoices(): VoiceChoices {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof kept === "object" && kept !== null ? withKnown(kept as Record<string, unknown>) : AT_FIRST;
  } catch {
    return AT_FIRST;
  }
}

export function rememberChoices(choices: VoiceChoices): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(choices));
  } catch {
    // Kept for this visit only where storage is refused.
  }
}

function withKnown(kept: Record<string, unknown>): VoiceChoices {
  const truth = (name: "cancelsEcho" | "pushToTalk" | "isSpatial") =>
    typeof kept[name] === "boolean" ? kept[name] : AT_FIRST[name];
  return {
    microphone: typeof kept.microphone === "string" ? kept.microphone : "",
    cancelsEcho: truth("cancelsEcho"),
    pushToTalk: truth("pushToTalk"),
    isSpatial: truth("isSpatial"),
  };
}
