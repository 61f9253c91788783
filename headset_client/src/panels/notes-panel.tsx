import "../design/notes.css";
import { mayIdentify } from "../notes/identifying-text";
import { calibreOf, noteTitle } from "../notes/note-words";
import { takeSnapshot } from "../notes/snapshot-door";
import type { PlanningApp } from "../planning-app";
import { noteValue } from "../scene/shown-notes";
import { displayedNotes, isPin, type Note, noteId } from "../session/displayed-notes";
import { strings } from "../strings";
import { isMeasuring, type MeasureTool } from "../ui-state";
import { Icon, type IconName } from "./icons";
import { RecordButton } from "./record-button";
import { useSessionAtRest, useUi } from "./use-app";
import { useRefusal } from "./use-role";

const TOOLS: readonly { readonly tool: MeasureTool; readonly icon: IconName; readonly keys: string }[] = [
  { tool: "distance", icon: "ruler", keys: "M" },
  { tool: "diameter", icon: "diameter", keys: "Z" },
  { tool: "angle", icon: "angle", keys: "." },
  { tool: "vessel", icon: "along", keys: "O" },
  { tool: "pin", icon: "pin", keys: "Y" },
];

/** Measuring, pins, pictures: the tools, and what is in the plan. */
export function NotesPanel({ app }: { readonly app: PlanningApp }) {
  const open = useUi(app, (ui) => ui.notesOpen && !ui.proposalsOpen);
  const tool = useUi(app, (ui) => ui.tool);
  const state = useSessionAtRest(app);
  const placed = useUi(app, (ui) => ui.pointsPlaced);
  const refusal = useRefusal(app, "measurement.set");
  if (!open) return null;
  const notes = displayedNotes(state);
  const close = () => app.ui.setState({ notesOpen: false, tool: "handle", selectedNote: null });
  const now = isMeasuring(tool) ? strings.measuring.now[tool] : null;
  return (
    <section className="panel proposals-panel notes-panel" aria-label={strings.measuring.title}>
      <div className="dialog-head">
        <h2>{strings.measuring.title}</h2>
        <button type="button" className="button icon-only" aria-label={strings.help.close} onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <div className="note-tools" role="toolbar" aria-label={strings.measuring.title}>
        {TOOLS.map((one) => (
          <button
            key={one.tool}
            type="button"
            className="tool"
            aria-pressed={tool === one.tool}
            disabled={refusal !== undefined}
            title={refusal ?? `${strings.measuring.kinds[one.tool]} (${one.keys})`}
            onClick={() => app.notes.toggle(one.tool)}
          >
            <Icon name={one.icon} />
            <span>{strings.measuring.kinds[one.tool]}</span>
          </button>
        ))}
        <button
          type="button"
          className="tool"
          disabled={refusal !== undefined || state.plan.resections.length === 0}
          title={refusal}
          onClick={() => app.notes.measureCut()}
        >
          <Icon name="plane" />
          <span>{strings.measuring.areaOfCut}</span>
        </button>
      </div>
      <output className="note-now">{now ? now[Math.min(placed, now.length - 1)] : ""}</output>
      {notes.length === 0 ? (
        <p className="soft">{strings.measuring.empty}</p>
      ) : (
        <>
          <h3>
            {strings.measuring.list}
            <small>{strings.measuring.dragEnds}</small>
          </h3>
          <ul className="notes">
            {notes.map((note) => (
              <Row key={noteId(note)} app={app} note={note} />
            ))}
          </ul>
        </>
      )}
      <div className="note-pictures">
        <button
          type="button"
          className="button"
          title={`${strings.measuring.snapshot} (0)`}
          onClick={() => takeSnapshot(app)}
        >
          <Icon name="camera" /> {strings.measuring.snapshot}
        </button>
        <RecordButton app={app} />
      </div>
      <p className="research">{strings.measuring.notice}</p>
    </section>
  );
}

function Row({ app, note }: { readonly app: PlanningApp; readonly note: Note }) {
  const id = noteId(note);
  const state = useSessionAtRest(app);
  const chosen = useUi(app, (ui) => ui.selectedNote === id);
  const hidden = useUi(app, (ui) => ui.hiddenNotes.has(id));
  const measured = state.measured.get(id);
  const refusal = useRefusal(app, isPin(note) ? "pin.remove" : "measurement.remove");
  const title = isPin(note) ? note.pin.text : noteTitle(note.measurement, state.scene);
  const value = isPin(note) ? "" : noteValue(state, note.measurement, measured);
  const detail = isPin(note)
    ? mayIdentify(note.pin.text) && strings.measuring.pinWarning
    : measured?.value === null
      ? `${measured.message} ${measured.cure}`
      : calibreOf(measured);
  const toggle = () => {
    const hiddenNotes = new Set(app.ui.getState().hiddenNotes);
    if (!hiddenNotes.delete(id)) hiddenNotes.add(id);
    app.ui.setState({ hiddenNotes });
  };
  return (
    <li className={[chosen && "chosen", hidden && "hidden-structure"].filter(Boolean).join(" ")}>
      <button
        type="button"
        className="eye"
        aria-pressed={!hidden}
        aria-label={strings.measuring.show(title)}
        onClick={toggle}
      >
        <Icon name={hidden ? "eyeOff" : "eye"} />
      </button>
      <button
        type="button"
        className="note"
        aria-pressed={chosen}
        aria-label={strings.measuring.choose(`${title} ${value}`.trim())}
        onClick={() => app.ui.setState({ selectedNote: chosen ? null : id })}
      >
        <span className="what">{title}</span>
        <strong>{value}</strong>
        {detail && <small>{detail}</small>}
        <small className="by">
          <span className="dot" style={{ background: note.by.colour }} />
          {strings.measuring.by(note.by.display_name || strings.people.someone)}
        </small>
      </button>
      <button
        type="button"
        className="eye"
        aria-label={strings.measuring.remove(title)}
        disabled={refusal !== undefined}
        title={refusal ?? strings.measuring.remove(title)}
        onClick={() => app.notes.remove(id)}
      >
        <Icon name="remove" />
      </button>
    </li>
  );
}
