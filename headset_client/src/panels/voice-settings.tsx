import { useEffect, useState } from "react";
import type { PlanningApp } from "../planning-app";
import { strings } from "../strings";
import { microphones } from "../voice/microphone";
import { rememberChoices, rememberedChoices, type VoiceChoices } from "../voice/voice-choices";

type Switch = "cancelsEcho" | "pushToTalk" | "isSpatial";

const SWITCHES: readonly Switch[] = ["cancelsEcho", "pushToTalk", "isSpatial"];

/** Which microphone, and how voices are sent and heard. */
export function VoiceSettings({ app }: { readonly app: PlanningApp }) {
  const [choices, setChoices] = useState<VoiceChoices>(rememberedChoices);
  const [known, setKnown] = useState<readonly (readonly [string, string])[]>([]);
  useEffect(() => {
    const look = () => void microphones().then(setKnown);
    look();
    navigator.mediaDevices?.addEventListener?.("devicechange", look);
    return () => navigator.mediaDevices?.removeEventListener?.("devicechange", look);
  }, []);
  const change = (changed: Partial<VoiceChoices>) => {
    const next = { ...choices, ...changed };
    setChoices(next);
    if (app.voice) app.voice.choose(changed);
    else rememberChoices(next);
  };
  const words = strings.voice;
  return (
    <fieldset className="voice-settings">
      <legend>{words.title}</legend>
      <label className="row">
        <span>{words.microphone}</span>
        <select value={choices.microphone} onChange={(event) => change({ microphone: event.target.value })}>
          <option value="">{words.anyMicrophone}</option>
          {known.map(([id, label]) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {known.length === 0 && <p className="soft">{words.namesLater}</p>}
      {SWITCHES.map((one) => (
        <label key={one} className="check">
          <input type="checkbox" checked={choices[one]} onChange={(event) => change({ [one]: event.target.checked })} />
          {words[one]}
        </label>
      ))}
    </fieldset>
  );
}
