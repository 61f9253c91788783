// The measurements and pins to show: the plan's, with what this person did and the server has not confirmed over them.
import type { KeptMeasurement, KeptPin, NoteAuthor } from "../protocol";
import type { SessionState } from "./session-state";

export type Note = KeptMeasurement | KeptPin;

export function isPin(note: Note): note is KeptPin {
  return "pin" in note;
}

export function noteId(note: Note): string {
  return isPin(note) ? note.pin.pin_id : note.measurement.measurement_id;
}

export function displayedNotes(
  state: Pick<SessionState, "book" | "plan" | "pending" | "me" | "people">,
): readonly Note[] {
  const { plan, pending } = state;
  const notes = new Map<string, Note>();
  for (const note of [...plan.measurements, ...plan.pins]) notes.set(noteId(note), note);
  for (const one of pending) {
    if (one.planId !== state.book.lookedAt) continue;
    if (one.kind === "drop-note") notes.delete(one.noteId);
    else if (one.kind === "measurement") {
      const id = one.measurement.measurement_id;
      notes.set(id, { measurement: one.measurement, by: notes.get(id)?.by ?? myself(state) });
    } else if (one.kind === "pin") {
      notes.set(one.pin.pin_id, { pin: one.pin, by: notes.get(one.pin.pin_id)?.by ?? myself(state) });
    }
  }
  return [...notes.values()];
}

function myself({ me, people }: Pick<SessionState, "me" | "people">): NoteAuthor {
  const id = me?.clientId ?? "me";
  const name = people.find((person) => person.client_id === id)?.display_name ?? "";
  return { client_id: id, display_name: name, colour: me?.colour ?? "#ffffff" };
}
