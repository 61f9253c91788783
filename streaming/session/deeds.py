"""What an operation did, in a few words: for the tooltip of undo, and for who is told that undo would cost others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final, assert_never

from engine.sentences import Said, say
from streaming.protocol import (
    KeptPin,
    PlaneResectionState,
    PointLps,
    ResectionState,
    Sentence,
    SurfaceResectionState,
    TerritoryResectionState,
    WedgeResectionState,
)
from streaming.session.changes import (
    Change,
    ChangeBody,
    DropNote,
    DropResection,
    ReplaceResections,
    RestoreEarlier,
    SetNote,
    SetResection,
)
from streaming.session.notes import Note, note_id
from streaming.session.operations import Plan
from streaming.session.plan_changes import (
    PlanAdded,
    PlanChange,
    PlanNamed,
    PlanRemoved,
    PlanSigned,
    SignatureWithdrawn,
    VersionKept,
)

_SAME_MM: Final = 1e-6
_PIN_LETTERS: Final = 24
_PARTS: Final = {"": "", "margin": "the margin of ", "segments": "the segments of ", "change": "a change of "}
_OWN_DEEDS: Final = frozenset({"margin", "segments"})
"""Parts whose change is a deed with a sentence of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """An operation in words.

    Attributes:
        verb: what was done, as an order ("move").
        past: the same as told afterwards ("moved").
        thing: to what: the code of its sentence, behind "thing." ("cut", "plan").
        name: what the thing is called, or its number; empty where its sentence names none.
        part: of the thing: a key of `_PARTS`; empty for the whole.
        cut: id of the resection, where it was about one.
    """

    verb: str
    past: str
    thing: str
    name: str = ""
    part: str = ""
    cut: str | None = None

    def title(self, plan: Plan) -> str:
        """As an order, with the number that the cut has in this plan: "move cut 2"."""
        return say(self._code, self._thing(plan))

    def said(self, plan: Plan) -> Sentence:
        """The same for clients to word: the deed's code, then that of the thing with its values."""
        thing = self._thing(plan)
        return Sentence(code=self._code, values=(thing.code, *thing.values))

    def told(self, plan: Plan) -> str:
        """As told afterwards: "moved cut 2"."""
        return f"{self.past} {_PARTS[self.part]}{self._thing(plan)}"

    @property
    def _code(self) -> str:
        return f"deed.{self.part if self.part in _OWN_DEEDS else self.verb.replace(' ', '_')}"

    def _thing(self, plan: Plan) -> Said:
        number = cut_numbers(plan).get(self.cut or "")
        if number is not None:
            return say("thing.cut", number)
        return say(f"thing.{self.thing}", *([self.name] if self.name else []))


def deed_of(  # noqa: PLR0911, PLR0912 - one return a kind reads best
    change: Change, before: Plan, after: Plan
) -> Deed:
    """What the change did between the plans around it."""
    match change:
        case SetResection(resection=new):
            verb, past, part = _deed_to_cut(before.resection(new.resection_id), new)
            return _deed(verb, past, new.resection_id, after, part)
        case DropResection(resection_id=resection_id):
            return _deed("remove", "removed", resection_id, before)
        case ReplaceResections():
            return Deed(verb="replace", past="replaced", thing="plan")
        case PlanAdded() | PlanNamed() | PlanRemoved() | VersionKept() | PlanSigned() | SignatureWithdrawn():
            return _deed_to_plans(change)
        case ChangeBody():
            if after.body is None:
                return Deed(verb="take out", past="took out", thing="body")
            if before.body is None:
                return Deed(verb="enter", past="entered", thing="body")
            return Deed(verb="change", past="changed", thing="body")
        case SetNote(note=note):
            is_new = before.note(note_id(note)) is None
            verb, past = ("add", "added") if is_new else ("change", "changed")
            return _deed_to_note(verb, past, note)
        case DropNote(note_id=dropped):
            return _deed_to_note("remove", "removed", before.note(dropped))
        case RestoreEarlier(direction=direction):
            targets = (*change.dropped, *(one.resection_id for one in change.resections))
            verb, past = ("undo", "undid") if direction == "undo" else ("redo", "redid")
            if not targets and change.body is None and len(noted := (*change.dropped_notes, *change.notes)) == 1:
                one = noted[0] if not isinstance(noted[0], str) else before.note(noted[0])
                return _deed_to_note(verb, past, one, "change")
            if len(targets) == 1:
                around = after if after.resection(targets[0]) else before
                return _deed(verb, past, targets[0], around, "change")
            return Deed(verb=verb, past=past, thing="plan", part="change")
        case _:
            assert_never(change)


def _deed_to_plans(change: PlanChange) -> Deed:
    match change:
        case PlanAdded(name=name):
            return Deed(verb="make", past="made", thing="plan_called", name=name)
        case PlanNamed(name=name):
            return Deed(verb="rename", past="renamed", thing="plan_to", name=name)
        case PlanRemoved():
            return Deed(verb="remove", past="removed", thing="plan")
        case VersionKept(version=version):
            return Deed(verb="keep", past="kept", thing="version", name=version.name)
        case PlanSigned(version=version):
            is_confirmed = version.signatures[-1].stage == "confirmed"
            verb, past = ("confirm", "confirmed") if is_confirmed else ("propose", "proposed")
            return Deed(verb=verb, past=past, thing="plan")
        case SignatureWithdrawn():
            return Deed(verb="withdraw", past="withdrew", thing="signature")
        case _:
            assert_never(change)


def _deed(verb: str, past: str, resection_id: str, plan: Plan, part: str = "") -> Deed:
    number = cut_numbers(plan).get(resection_id)
    thing, name = ("a_cut", "") if number is None else ("cut", str(number))
    return Deed(verb=verb, past=past, thing=thing, name=name, part=part, cut=resection_id)


def _deed_to_note(verb: str, past: str, note: Note | None, part: str = "") -> Deed:
    """To what people call "the distance", "the pin 'keep this vein'"."""
    if note is None:
        return Deed(verb=verb, past=past, thing="note", part=part)
    if isinstance(note, KeptPin):
        text = note.pin.text
        name = text if len(text) <= _PIN_LETTERS else text[: _PIN_LETTERS - 1] + "…"
        return Deed(verb=verb, past=past, thing="pin", name=name, part=part)
    return Deed(verb=verb, past=past, thing=note.measurement.kind, part=part)


def cut_numbers(plan: Plan) -> dict[str, int]:
    """By id, what people count the resections of a plan as."""
    numbers: dict[str, int] = {}
    counted: Counter[str] = Counter()
    for one in plan.resections:
        home = plan.home(one.resection_id)
        counted[home] += 1
        numbers[one.resection_id] = counted[home]
    return numbers


def _deed_to_cut(  # noqa: PLR0911 - one return a kind reads best
    old: ResectionState | None, new: ResectionState
) -> tuple[str, str, str]:
    """Verb, its past, and the part of the cut."""
    match old, new:
        case None, _:
            return "add", "added", ""
        case PlaneResectionState(), PlaneResectionState():
            return _deed_to_plane(old, new)
        case SurfaceResectionState(), SurfaceResectionState():
            is_rigid = _is_shift(old.control_points_lps_mm, new.control_points_lps_mm)
            return ("move", "moved", "") if is_rigid else ("reshape", "reshaped", "")
        case WedgeResectionState(), WedgeResectionState():
            if new.margin_mm is not None and new.margin_mm != old.margin_mm:
                return "change", "changed", "margin"
            return "move", "moved", ""
        case TerritoryResectionState(), TerritoryResectionState():
            return "change", "changed", "segments"
        case PlaneResectionState(), SurfaceResectionState():
            return "bend", "bent", ""
        case _:
            return "change", "changed", ""


def _deed_to_plane(old: PlaneResectionState, new: PlaneResectionState) -> tuple[str, str, str]:
    if new.normal_lps == tuple(-coordinate for coordinate in old.normal_lps):
        return "flip", "flipped", ""
    if new.point_lps_mm == old.point_lps_mm and new.normal_lps != old.normal_lps:
        return "turn", "turned", ""
    return "move", "moved", ""


def _is_shift(old: tuple[PointLps, ...], new: tuple[PointLps, ...]) -> bool:
    shifts = [[b - a for a, b in zip(one, other, strict=True)] for one, other in zip(old, new, strict=True)]
    return all(abs(a - b) < _SAME_MM for shift in shifts for a, b in zip(shift, shifts[0], strict=True))
