import "../design/voice.css";
import { useEffect, useState } from "react";
import type { PlanningApp } from "../planning-app";
import { strings } from "../strings";
import { LiveVoice } from "../voice/live-voice";
import { Icon, type IconName } from "./icons";
import { useSession } from "./use-app";
import { useVoice, useVoiceOf } from "./use-voice";
import { VoicePanel } from "./voice-panel";

/** The microphone beside the people; of use as soon as somebody else is there. */
export function VoiceControls({ app }: { readonly app: PlanningApp }) {
  const [voice, setVoice] = useState<LiveVoice | null>(null);
  const [open, setOpen] = useState(false);
  const isAlone = useSession(app, (state) => state.people.length < 2);
  const phase = useVoice(app, (state) => state.phase) ?? "off";
  const silenced = useVoice(app, (state) => state.isSilenced) ?? false;
  useEffect(() => {
    const made = new LiveVoice(app);
    app.voice = made;
    setVoice(made);
    return () => {
      app.voice = null;
      made.dispose();
    };
  }, [app]);
  if (!voice || (isAlone && phase === "off")) return null;
  const toggle = () => setOpen(!open);
  return (
    <div className="voice-controls">
      {phase === "off" ? (
        <PanelButton label={strings.voice.talk} icon="mic" isOpen={open} toggle={toggle} />
      ) : (
        <>
          <MicrophoneButton app={app} voice={voice} openPanel={() => setOpen(true)} />
          <PanelButton label={strings.voice.more} icon="down" isNarrow isOpen={open} toggle={toggle} />
          {silenced && (
            <button type="button" className="button primary hear-others" onClick={() => voice.wake()}>
              <Icon name="mic" />
              {strings.voice.hearOthers}
            </button>
          )}
        </>
      )}
      {open && <VoicePanel app={app} voice={voice} close={() => setOpen(false)} />}
    </div>
  );
}

interface PanelButtonProps {
  readonly label: string;
  readonly icon: IconName;
  readonly isNarrow?: boolean;
  readonly isOpen: boolean;
  readonly toggle: () => void;
}

function PanelButton({ label, icon, isNarrow = false, isOpen, toggle }: PanelButtonProps) {
  return (
    <button
      type="button"
      className={`button icon-only${isNarrow ? " narrow" : ""}`}
      aria-label={label}
      title={label}
      aria-expanded={isOpen}
      onClick={toggle}
    >
      <Icon name={icon} />
    </button>
  );
}

interface MicrophoneProps {
  readonly app: PlanningApp;
  readonly voice: LiveVoice;
  readonly openPanel: () => void;
}

function MicrophoneButton({ app, voice, openPanel }: MicrophoneProps) {
  const me = useSession(app, (state) => state.me?.clientId);
  const self = useVoiceOf(app, me);
  const problem = useVoice(app, (state) => state.problem);
  const isHeld = useVoice(app, (state) => state.isHeld) ?? false;
  const pushes = useVoice(app, (state) => state.choices.pushToTalk) ?? false;
  const speaks = useVoice(app, (state) => me !== undefined && state.speaking.has(me)) ?? false;
  const words = strings.voice;
  const isOpen = self !== undefined && (isHeld || (!self.is_muted && !pushes));
  const label = problem ? words.noMicrophone : pushes ? words.holdSpace : isOpen ? words.open : words.muted;
  const press = () => {
    // Who was muted by another is told by whom, and opens the microphone in so many words.
    if (self?.muted_by || (pushes && !problem)) openPanel();
    else voice.mute(isOpen && !problem);
  };
  return (
    <button
      type="button"
      className={`button icon-only microphone${speaks ? " speaks" : ""}`}
      aria-pressed={isOpen}
      aria-label={label}
      title={label}
      disabled={self === undefined}
      onClick={press}
    >
      <Icon name={isOpen && !problem ? "mic" : "micOff"} />
    </button>
  );
}
