import "../design/choices.css";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import type { PlanningApp } from "../planning-app";
import { strings } from "../strings";
import { type Command, commandsOf, found } from "../tools/commands";
import { Dialog } from "./dialog";
import { useUi } from "./use-app";

const SHOWN = 9;

export function Palette({ app }: { readonly app: PlanningApp }) {
  const open = useUi(app, (state) => state.paletteOpen);
  return open ? <Finder app={app} /> : null;
}

/** A combobox: the field keeps the focus, arrow keys choose, Enter does it. */
function Finder({ app }: { readonly app: PlanningApp }) {
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const listId = useId();
  const list = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const commands = useMemo(() => commandsOf(app), [app]);
  const matches = found(commands, typed);
  const current = Math.min(chosen, matches.length - 1);
  const close = () => app.ui.setState({ paletteOpen: false });
  const run = (command: Command | undefined) => {
    if (!command) return;
    close();
    command.run();
  };
  // The dialog is open by now, and gave the focus to its first button.
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    list.current?.children[current]?.scrollIntoView({ block: "nearest" });
  }, [current]);
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: SHOWN, PageUp: -SHOWN }[event.key];
    if (step !== undefined) setChosen(Math.max(0, Math.min(matches.length - 1, current + step)));
    else if (event.key === "Enter") run(matches[current]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={strings.palette.title} onClose={close}>
      <div className="palette">
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={matches[current] && `${listId}-${current}`}
          aria-label={strings.palette.placeholder}
          placeholder={strings.palette.placeholder}
          spellCheck={false}
          autoComplete="off"
          ref={field}
          value={typed}
          onKeyDown={onKeyDown}
          onChange={(event) => {
            setTyped(event.target.value);
            setChosen(0);
          }}
        />
        <div ref={list} id={listId} role="listbox" aria-label={strings.palette.title}>
          {matches.map((command, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys work in the field, which has the focus
            <div
              key={command.id}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === current}
              aria-disabled={command.refusal !== undefined}
              title={command.refusal}
              onPointerMove={() => setChosen(index)}
              onClick={() => run(command)}
            >
              <span>{command.title}</span>
              {command.keys && <kbd>{command.keys}</kbd>}
            </div>
          ))}
        </div>
        {matches.length === 0 && <p className="soft">{strings.palette.nothing}</p>}
      </div>
    </Dialog>
  );
}
