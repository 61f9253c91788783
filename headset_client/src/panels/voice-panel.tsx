import { type RefObject, useEffect, useRef } from "react";
import type { PlanningApp } from "../planning-app";
import type { PersonState } from "../protocol";
import { strings } from "../strings";
import type { LiveVoice } from "../voice/live-voice";
import { Icon } from "./icons";
import { useSession } from "./use-app";
import { useVoice, useVoiceOf } from "./use-voice";
import { VoiceMark } from "./voice-mark";

interface VoicePanelProps {
  readonly app: PlanningApp;
  readonly voice: LiveVoice;
  readonly close: () => void;
}

/** Who talks, and how this person takes part. */
export function VoicePanel({ app, voice, close }: VoicePanelProps) {
  const phase = useVoice(app, (state) => state.phase) ?? "off";
  const panel = useRef<HTMLElement>(null);
  const words = strings.voice;
  useEffect(() => {
    const { current } = panel;
    (current?.querySelector<HTMLElement>(".primary") ?? current?.querySelector<HTMLElement>("button"))?.focus({
      preventScroll: true,
    });
  }, []);
  useClosing(panel, close);
  return (
    <section ref={panel} className="panel voice-panel" aria-label={words.title}>
      <div className="dialog-head">
        <h2>{words.title}</h2>
        <button type="button" className="button icon-only" aria-label={strings.help.close} onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <Problem app={app} voice={voice} />
      <MutedByAnother app={app} voice={voice} />
      <People app={app} voice={voice} />
      {phase === "off" ? (
        <>
          <p className="soft">
            {words.lead} {words.headphones}
          </p>
          <button type="button" className="button primary wide" onClick={() => void voice.join()}>
            <Icon name="mic" />
            {words.join}
          </button>
        </>
      ) : (
        <TakingPart app={app} voice={voice} isJoining={phase === "joining"} />
      )}
    </section>
  );
}

/** By Esc, wherever the focus is, and by a press beside it. */
function useClosing(panel: RefObject<HTMLElement | null>, close: () => void): void {
  useEffect(() => {
    const abort = new AbortController();
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
      event.stopPropagation();
      close();
    };
    const onPress = (event: PointerEvent) => {
      const group = panel.current?.parentElement;
      if (event.target instanceof Node && group && !group.contains(event.target) && !isInDialog(event.target)) close();
    };
    window.addEventListener("keydown", onKey, { capture: true, signal: abort.signal });
    window.addEventListener("pointerdown", onPress, { signal: abort.signal });
    return () => abort.abort();
  }, [panel, close]);
}

function isInDialog(target: Node): boolean {
  return target instanceof Element && target.closest("dialog") !== null;
}

interface VoiceProps {
  readonly app: PlanningApp;
  readonly voice: LiveVoice;
}

function TakingPart({ app, voice, isJoining }: VoiceProps & { readonly isJoining: boolean }) {
  const pushes = useVoice(app, (state) => state.choices.pushToTalk) ?? false;
  const words = strings.voice;
  return (
    <>
      {isJoining && <p className="soft">{words.joining}</p>}
      <p className="soft">{pushes ? words.holdSpace : words.headphones}</p>
      <div className="voice-deeds">
        <button type="button" className="button" onClick={() => app.ui.setState({ settingsOpen: true })}>
          <Icon name="settings" />
          {words.settings}
        </button>
        <button type="button" className="button danger" onClick={() => voice.leave()}>
          {words.leave}
        </button>
      </div>
    </>
  );
}

/** Why this person is not heard, or hears nothing, and the way out. */
function Problem({ app, voice }: VoiceProps) {
  const problem = useVoice(app, (state) => state.problem);
  const phase = useVoice(app, (state) => state.phase);
  const silenced = useVoice(app, (state) => state.isSilenced) ?? false;
  const words = strings.voice;
  return (
    <output className="voice-problem">
      {problem && <p className="caution">{words.problems[problem]}</p>}
      {problem && phase === "in" && problem !== "insecure" && (
        <button type="button" className="button" onClick={() => voice.mute(false)}>
          {words.tryAgain}
        </button>
      )}
      {phase === "waiting" && (
        <p className="caution">
          {words.full} {words.fullCure}
        </p>
      )}
      {silenced && <p className="caution">{words.silenced}</p>}
    </output>
  );
}

function MutedByAnother({ app, voice }: VoiceProps) {
  const me = useSession(app, (state) => state.me?.clientId);
  const by = useVoiceOf(app, me)?.muted_by;
  if (!by) return null;
  return (
    <div className="muted-by">
      <p>{strings.voice.mutedBy(by)}</p>
      <div className="voice-deeds">
        <button type="button" className="button" onClick={() => app.session.raiseHand(true)}>
          <Icon name="hand" />
          {strings.presence.raiseHand}
        </button>
        <button type="button" className="button primary" onClick={() => voice.mute(false)}>
          <Icon name="mic" />
          {strings.voice.speakAgain}
        </button>
      </div>
    </div>
  );
}

function People({ app, voice }: VoiceProps) {
  const people = useSession(app, (state) => state.people);
  const room = useSession(app, (state) => state.voice);
  const talks = (person: PersonState) => room.people.some(({ client_id }) => client_id === person.client_id);
  const talking = people.filter(talks);
  const others = people.filter((person) => !talks(person));
  return (
    <>
      <h3>{strings.voice.people}</h3>
      {talking.length === 0 && <p className="soft">{strings.voice.nobody}</p>}
      <ul className="voice-rows">
        {talking.map((person) => (
          <Talker key={person.client_id} app={app} voice={voice} person={person} />
        ))}
      </ul>
      {others.length > 0 && (
        <p className="soft">
          {strings.voice.others}: {others.map((one) => nameOf(one)).join(", ")}
        </p>
      )}
    </>
  );
}

function Talker({ app, voice, person }: VoiceProps & { readonly person: PersonState }) {
  const me = useSession(app, (state) => state.me);
  const presents = useSession(app, (state) =>
    state.people.some((one) => one.client_id === state.me?.clientId && one.is_presenting),
  );
  const said = useVoiceOf(app, person.client_id);
  const name = nameOf(person);
  const mine = me?.clientId === person.client_id;
  const mayMute = !mine && (me?.role === "owner" || presents);
  return (
    <li>
      <VoiceMark app={app} clientId={person.client_id} />
      <span className="who" style={{ "--person": person.colour } as React.CSSProperties}>
        {name} {mine && <span className="soft">({strings.people.you})</span>}
        {said?.muted_by && <small>{strings.voice.by(said.muted_by)}</small>}
      </span>
      {mayMute && (
        <button
          type="button"
          className="button"
          aria-label={strings.voice.muteLabel(name)}
          disabled={said?.is_muted}
          onClick={() => voice.muteOther(person.client_id)}
        >
          {strings.voice.mute}
        </button>
      )}
    </li>
  );
}

function nameOf(person: PersonState): string {
  return person.display_name || strings.people.someone;
}
