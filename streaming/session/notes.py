"""Measurements and pins of a plan: one list, told apart by their ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from engine.errors import PlanError
from engine.resection.measurements import MAX_NOTES
from engine.sentences import say
from streaming.planning.engine_measurement import engine_note
from streaming.protocol import KeptMeasurement, KeptPin, MeasurementState, NoteAuthor, PinState

_KEY: Final = "~note."

Note: TypeAlias = KeptMeasurement | KeptPin
"""A measurement or a pin with who set it."""


def note_id(note: Note) -> str:
    """Its id, unique among measurements and pins of the plan."""
    return note.measurement.measurement_id if isinstance(note, KeptMeasurement) else note.pin.pin_id


def note_key(wanted: str) -> str:
    """What changes of the note are filed under; no resection has such an id."""
    return f"{_KEY}{wanted}"


def is_note_key(key: str) -> bool:
    """Whether this is what changes of a note are filed under."""
    return key.startswith(_KEY)


def of_key(key: str) -> str:
    """The id of the note whose changes are filed under the key."""
    return key.removeprefix(_KEY)


def is_same_note(one: Note, other: Note) -> bool:
    """Whether both say the same, whoever set them."""
    return said_by(one) == said_by(other)


def said_by(note: Note) -> MeasurementState | PinState:
    """The measurement or the pin alone."""
    return note.measurement if isinstance(note, KeptMeasurement) else note.pin


def kept_note(said: MeasurementState | PinState, by: NoteAuthor, earlier: Note | None) -> Note:
    """What somebody said, under the name of who set it first."""
    author = by if earlier is None else earlier.by
    return KeptPin(pin=said, by=author) if isinstance(said, PinState) else KeptMeasurement(measurement=said, by=author)


def with_notes(notes: tuple[Note, ...], put: Iterable[Note] = (), dropped: Iterable[str] = ()) -> tuple[Note, ...]:
    """The notes with those of `put` in place of, or after, what is there, and without the dropped ones."""
    found = {note_id(one): one for one in notes}
    found.update({note_id(one): one for one in put})
    for gone in dropped:
        found.pop(gone, None)
    return tuple(found.values())


def problem_with_notes(notes: tuple[Note, ...], new: Note) -> PlanError | None:
    """Why these cannot be the notes of a plan once `new` is among them; None if they can."""
    if len(notes) > MAX_NOTES:
        return PlanError(say("too_many_notes", MAX_NOTES))
    try:
        engine_note(said_by(new), ())
    except PlanError as error:
        return error
    return None
