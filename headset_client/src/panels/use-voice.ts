// The voice of this page as React sees it.
import { createStore, useStore } from "zustand";
import type { PlanningApp } from "../planning-app";
import type { VoicePerson } from "../protocol";
import type { VoiceState } from "../voice/live-voice";
import { useSession } from "./use-app";

const NO_VOICE = createStore<null>(() => null);

/** Null before the page around the picture is there. */
export function useVoice<T>(app: PlanningApp, select: (state: VoiceState) => T): T | null {
  const store = app.voice?.state ?? NO_VOICE;
  return useStore(store as typeof NO_VOICE, (state: VoiceState | null) => state && select(state));
}

/** What others know of a person's voice. */
export function useVoiceOf(app: PlanningApp, clientId: string | undefined): VoicePerson | undefined {
  return useSession(app, (state) => state.voice.people.find(({ client_id }) => client_id === clientId));
}
