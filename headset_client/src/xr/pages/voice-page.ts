// Talking in the headset: the microphone, who talks, and the answer to what was understood of a spoken command.
import type { PersonState, VoicePerson } from "../../protocol";
import { strings } from "../../strings";
import type { LiveVoice } from "../../voice/live-voice";
import type { ButtonRow, ButtonSpec, ToolPage } from "../tool-page";
import { back, listed, type PageParts, toPage } from "./page-parts";

const LISTED = 4;

/** On the first page, where somebody is there to talk to, or something to be said to the program. */
export function voiceRow(parts: PageParts): readonly ButtonRow[] {
  const voice = parts.voice();
  const spoken = parts.spoken();
  const listens = spoken !== null && spoken.state.getState().phase !== "off";
  const talks = voice !== null && voice.state.getState().phase !== "off";
  const hasCompany = parts.session.state.getState().people.length > 1;
  const row = [
    ...(talks ? [microphone(parts, voice)] : []),
    ...(voice && (talks || hasCompany) ? [toPage(parts, "voice", strings.voice.title)] : []),
    ...(listens ? [say(parts)] : []),
  ];
  return row.length > 0 ? [row] : [];
}

export function voicePage(parts: PageParts): ToolPage {
  const voice = parts.voice();
  const { phase = "off", problem = null, choices } = voice?.state.getState() ?? {};
  const words = strings.voice;
  if (!voice || phase === "off") {
    const join: ButtonSpec = {
      id: "join-voice",
      label: words.talk,
      enabled: voice !== null,
      press: () => void voice?.join(),
    };
    return { title: words.title, note: [words.noRecord, words.headphones], rows: [[join], [back(parts)]] };
  }
  const hold: ButtonSpec = {
    id: "hold-to-speak",
    label: words.holdToSpeak,
    active: voice.state.getState().isHeld,
    enabled: phase === "in" && !voice.self?.muted_by,
    press: () => undefined,
    hold: (on) => voice.hold(on),
  };
  const pushes = choices?.pushToTalk ?? false;
  const toggle: ButtonSpec = {
    id: "push-to-talk",
    label: words.pushShort,
    active: pushes,
    press: () => voice.choose({ pushToTalk: !pushes }),
  };
  return {
    title: words.title,
    note: noteOf(voice, phase, problem),
    rows: [
      [microphone(parts, voice), hold],
      ...listed(parts, people(parts, voice), LISTED),
      [toggle, { id: "leave-voice", label: words.leaveShort, press: () => voice.leave() }],
      [back(parts)],
    ],
  };
}

/** What was understood waits for a yes: a press, a pinch, or the word. */
export function questionPage(parts: PageParts): ToolPage | null {
  const spoken = parts.spoken();
  const { phase = "off", heard = "", candidates = [], problem = null } = spoken?.state.getState() ?? {};
  if (!spoken || phase === "off" || phase === "idle") return null;
  const words = strings.spoken;
  const no: ButtonSpec = {
    id: "spoken-no",
    label: phase === "confirming" ? words.dont : strings.xr.back,
    press: () => spoken.reject(),
  };
  const note = heard ? [words.heard(heard)] : [];
  switch (phase) {
    case "confirming": {
      const yes: ButtonSpec = { id: "spoken-yes", label: words.doIt, active: true, press: () => spoken.confirm() };
      return { title: words.question(candidates[0]?.title ?? ""), note, rows: [[yes, no]] };
    }
    case "unsure": {
      const choice = candidates.map((command, index) => [
        { id: `spoken-${index}`, label: command.title, press: () => spoken.pick(index) },
      ]);
      const title = candidates.length > 0 ? words.which : words.unknown;
      return { title, note, rows: [...choice, [again(parts), no]] };
    }
    case "problem":
      return { title: words.title, note: problem ? [words.problems[problem]] : [], rows: [[again(parts), no]] };
    case "hearing":
      return { title: words.hearing, note: [words.exampleShort], rows: [[no]] };
  }
}

function microphone(parts: PageParts, voice: LiveVoice): ButtonSpec {
  const { self } = voice;
  const { isHeld, problem, choices } = voice.state.getState();
  const isOpen = self !== undefined && problem === null && (isHeld || (!self.is_muted && !choices.pushToTalk));
  const words = strings.voice;
  return {
    id: "microphone",
    label: self?.muted_by && parts.choices.page === "voice" ? words.speakAgain : isOpen ? words.micOn : words.micOff,
    active: isOpen,
    enabled: self !== undefined && (self.is_muted || !choices.pushToTalk),
    // Who was muted by another reads by whom before they speak again.
    press: () => {
      const isElsewhere = parts.choices.page !== "voice";
      if (isElsewhere && self?.muted_by) parts.choose({ page: "voice", from: 0 });
      else voice.mute(isOpen);
    },
  };
}

function people(parts: PageParts, voice: LiveVoice): readonly ButtonSpec[] {
  const state = parts.session.state.getState();
  const me = state.people.find(({ client_id }) => client_id === state.me?.clientId);
  const mayMute = me?.role === "owner" || me?.is_presenting === true;
  return state.people.flatMap((person) => {
    const said = state.voice.people.find(({ client_id }) => client_id === person.client_id);
    if (!said) return [];
    const other = person.client_id !== me?.client_id;
    return [
      {
        id: `talks-${person.client_id}`,
        label: person.display_name || strings.people.someone,
        value: other && mayMute && !said.is_muted ? strings.voice.muteHim : stateOf(voice, person, said),
        active: voice.state.getState().speaking.has(person.client_id),
        enabled: other && mayMute && !said.is_muted,
        press: () => voice.muteOther(person.client_id),
      },
    ];
  });
}

function stateOf(voice: LiveVoice, person: PersonState, said: VoicePerson): string {
  const { unreached, speaking } = voice.state.getState();
  if (unreached.has(person.client_id)) return strings.voice.isUnreached;
  if (said.is_muted) return strings.voice.isMuted;
  return speaking.has(person.client_id) ? strings.voice.speaks : strings.voice.isOpen;
}

function noteOf(
  voice: LiveVoice,
  phase: string,
  problem: ReturnType<LiveVoice["state"]["getState"]>["problem"],
): readonly string[] {
  const words = strings.voice;
  const by = voice.self?.muted_by;
  if (by) return [words.mutedBy(by)];
  if (problem) return [words.youListen];
  if (phase === "waiting") return [words.waitShort];
  return phase === "joining" ? [words.joining] : [];
}

function say(parts: PageParts): ButtonSpec {
  return { id: "say-command", label: strings.spoken.listenShort, press: () => parts.spoken()?.listen() };
}

function again(parts: PageParts): ButtonSpec {
  return { id: "say-again", label: strings.spoken.again, press: () => parts.spoken()?.listen() };
}
