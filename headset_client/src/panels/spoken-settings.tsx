import { useEffect, useState } from "react";
import type { PlanningApp } from "../planning-app";
import { browserRecogniser } from "../spoken/recogniser";
import { rememberSpoken, wantsSpoken } from "../spoken/spoken-choice";
import { strings } from "../strings";

/** Off by default, and asked once more before it is turned on: what is said may leave the device. */
export function SpokenSettings({ app }: { readonly app: PlanningApp }) {
  const [on, setOn] = useState(wantsSpoken);
  const [asking, setAsking] = useState(false);
  const [staysHere, setStaysHere] = useState(false);
  const words = strings.spoken;
  const recogniser = app.spoken ? browserRecogniser() : null;
  useEffect(() => {
    if (asking) void browserRecogniser()?.staysHere(words.languageTag).then(setStaysHere);
  }, [asking, words.languageTag]);
  const turn = (wanted: boolean) => {
    setAsking(false);
    setOn(wanted);
    rememberSpoken(wanted);
    app.spoken?.turn(wanted);
  };
  return (
    <fieldset className="voice-settings">
      <legend>{words.title}</legend>
      <label className="check">
        <input
          type="checkbox"
          checked={on || asking}
          disabled={!recogniser}
          onChange={(event) => (event.target.checked ? setAsking(true) : turn(false))}
        />
        {words.turnOn}
      </label>
      {!recogniser && <p className="soft">{words.missing}</p>}
      {asking && (
        <div className="muted-by" role="alert">
          <strong>{words.askTitle}</strong>
          <p>{staysHere ? words.askLocal : words.askRemote}</p>
          <p>{words.askAlways}</p>
          <div className="voice-deeds">
            <button type="button" className="button" onClick={() => setAsking(false)}>
              {words.notNow}
            </button>
            <button type="button" className="button primary" onClick={() => turn(true)}>
              {words.yesTurnOn}
            </button>
          </div>
        </div>
      )}
    </fieldset>
  );
}
