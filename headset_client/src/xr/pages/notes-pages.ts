// Measuring in the headset: what to measure, what is measured, and a pin's phrase.
import { noteTitle } from "../../notes/note-words";
import { noteValue } from "../../scene/shown-notes";
import { displayedNotes, isPin, noteId } from "../../session/displayed-notes";
import { strings } from "../../strings";
import type { MeasureTool } from "../../ui-state";
import type { ButtonSpec, ToolPage } from "../tool-page";
import { back, listed, type PageParts, planOf, sceneOf } from "./page-parts";

const LISTED = 3;

export function notesPage(parts: PageParts): ToolPage {
  const { choose, notes, ui } = parts;
  const { kinds } = strings.measuring;
  const tool = (one: MeasureTool): ButtonSpec => ({
    id: `measure-${one}`,
    needs: one === "pin" ? "pin.set" : "measurement.set",
    label: kinds[one],
    enabled: one !== "vessel" || (sceneOf(parts)?.branches.length ?? 0) > 0,
    press: () => {
      choose({ page: "main", from: 0 });
      ui.setState({ tool: one, selectedNote: null });
    },
  });
  const cut: ButtonSpec = {
    id: "measure-area",
    needs: "measurement.set",
    label: strings.measuring.areaOfCut,
    enabled: planOf(parts).length > 0,
    press: () => notes.measureCut(),
  };
  const picture: ButtonSpec = { id: "picture", label: strings.measuring.snapshot, press: () => parts.takePicture() };
  const { selectedNote } = ui.getState();
  const remove: ButtonSpec = {
    id: "remove-note",
    needs: "measurement.remove",
    label: strings.xr.remove,
    enabled: selectedNote !== null,
    press: () => selectedNote && notes.remove(selectedNote),
  };
  return {
    title: strings.measuring.xr,
    note: [],
    rows: [
      [tool("distance"), tool("angle")],
      [tool("diameter"), tool("pin")],
      [tool("vessel"), cut],
      ...listed(parts, noteRows(parts), LISTED),
      [remove, picture],
      [back(parts)],
    ],
  };
}

function noteRows(parts: PageParts): readonly ButtonSpec[] {
  const state = parts.session.state.getState();
  const { selectedNote } = parts.ui.getState();
  return displayedNotes(state).map((note) => {
    const id = noteId(note);
    return {
      id: `note-${id}`,
      label: isPin(note) ? note.pin.text : noteTitle(note.measurement, state.scene),
      value: isPin(note) ? note.by.display_name : noteValue(state, note.measurement, state.measured.get(id)),
      active: id === selectedNote,
      press: () => parts.ui.setState({ selectedNote: id === selectedNote ? null : id }),
    };
  });
}

/** While something is measured: what to do now, and the way out. A pin that was placed asks for its words. */
export function measuringPage(parts: PageParts, tool: MeasureTool): ToolPage {
  const { notes, ui, choose } = parts;
  const { pinAt, pointsPlaced } = ui.getState();
  const done: ButtonSpec = {
    id: "done",
    label: strings.measuring.done,
    active: true,
    press: () => {
      choose({ page: "notes", from: 0 });
      ui.setState({ tool: "handle", pinAt: null });
    },
  };
  if (pinAt) {
    const phrases = strings.measuring.pinPhrases.map((phrase, index) => [
      { id: `phrase-${index}`, label: phrase, press: () => notes.setPin(phrase) },
    ]);
    return { title: strings.measuring.pinText, rows: [...phrases, [done]], note: [] };
  }
  const now = strings.measuring.now[tool];
  const title = now[Math.min(pointsPlaced, now.length - 1)] ?? "";
  return { title, rows: [[done]], note: strings.measuring.xrHow };
}
