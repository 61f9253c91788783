// What stands on a picture of the plan.
import { numbersOf } from "../panels/shown-view";
import type { PlanningApp } from "../planning-app";
import { noteValue } from "../scene/shown-notes";
import { displayedNotes, isPin, noteId } from "../session/displayed-notes";
import { shownNumbers } from "../session/shown-numbers";
import { formatMm, strings } from "../strings";
import { mayIdentify } from "./identifying-text";
import { noteTitle } from "./note-words";
import type { PictureWords } from "./picture";

const MOST_MEASUREMENTS = 8;

export function pictureWords(app: PlanningApp): PictureWords {
  const state = app.session.state.getState();
  const { ghost, hiddenNotes } = app.ui.getState();
  const view = numbersOf(state, ghost);
  const rows: (readonly [string, string])[] = [];
  if (view) {
    rows.push([strings.measuring.pictureFlr, `${view.flr} %`]);
    if (view.function) rows.push([strings.measuring.pictureFunction, `${view.function.percent} %`]);
    rows.push([strings.measuring.pictureResected, view.resected]);
    const margins = shownNumbers(state)?.numbers.margins.flatMap((one) => one.minimum_mm ?? []) ?? [];
    if (margins.length > 0 && ghost === null)
      rows.push([strings.measuring.pictureMargin, formatMm(Math.min(...margins))]);
  }
  for (const note of displayedNotes(state)) {
    if (isPin(note) || hiddenNotes.has(noteId(note)) || rows.length >= MOST_MEASUREMENTS + 4) continue;
    rows.push([
      noteTitle(note.measurement, state.scene),
      noteValue(state, note.measurement, state.measured.get(noteId(note))),
    ]);
  }
  const title = state.scene?.title ?? "";
  return { title: mayIdentify(title) ? "" : title, notice: strings.measuring.notice, numbers: rows };
}
