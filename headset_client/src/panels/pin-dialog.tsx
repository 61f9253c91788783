import "../design/notes.css";
import { useEffect, useRef, useState } from "react";
import { mayIdentify } from "../notes/identifying-text";
import type { PlanningApp } from "../planning-app";
import { strings } from "../strings";
import { Dialog } from "./dialog";
import { useUi } from "./use-app";

const MOST_LETTERS = 200;

/** Asks for the words of a pin that was just placed; in a headset the board offers phrases. */
export function PinDialog({ app }: { readonly app: PlanningApp }) {
  const open = useUi(app, (ui) => ui.pinAt !== null && ui.xrMode === "desktop");
  return open ? <Ask app={app} /> : null;
}

function Ask({ app }: { readonly app: PlanningApp }) {
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const warned = mayIdentify(text);
  return (
    <Dialog title={strings.measuring.pinTitle} onClose={() => app.ui.setState({ pinAt: null })}>
      <form
        className="pin-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim()) app.notes.setPin(text.trim());
        }}
      >
        <p className="soft">{strings.measuring.pinLead}</p>
        <label>
          <span>{strings.measuring.pinText}</span>
          <input
            ref={field}
            type="text"
            maxLength={MOST_LETTERS}
            placeholder={strings.measuring.pinPlaceholder}
            value={text}
            autoComplete="off"
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <p className="phrases">
          {strings.measuring.pinPhrases.map((phrase) => (
            <button key={phrase} type="button" className="button quiet" onClick={() => setText(phrase)}>
              {phrase}
            </button>
          ))}
        </p>
        {warned && (
          <p className="caution" role="alert">
            {strings.measuring.pinWarning}
          </p>
        )}
        <button type="submit" className="button primary wide" disabled={text.trim() === ""}>
          {warned ? strings.measuring.pinAnyway : strings.measuring.pinSet}
        </button>
      </form>
    </Dialog>
  );
}
