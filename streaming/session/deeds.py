"""What an operation did, in a few words: for the tooltip of undo, and for who is told that undo would cost others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final, assert_never

from streaming.protocol import (
    KeptPin,
    PlaneResectionState,
    PointLps,
    ResectionState,
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
_BODY: Final = "height and weight"
_PIN_LETTERS: Final = 24
_MEASURES: Final = {
    "distance": "the distance",
    "angle": "the angle",
    "diameter": "the diameter",
    "tumour": "the tumour's diameter",
    "vessel": "the length along a vessel",
    "area": "the area of the cut",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """An operation in words.

    Attributes:
        verb: what was done, as an order ("move").
        past: the same as told afterwards ("moved").
        what: to what ("cut 2", "the plan").
        part: of a cut ("the margin of "); empty for the whole.
        cut: id of the resection, where it was about one.
    """

    verb: str
    past: str
    what: str
    part: str = ""
    cut: str | None = None

    def title(self, plan: Plan) -> str:
        """As an order, with the number that the cut has in this plan: "move cut 2"."""
        return f"{self.verb} {self._what(plan)}"

    def told(self, plan: Plan) -> str:
        """As told afterwards: "moved cut 2"."""
        return f"{self.past} {self._what(plan)}"

    def _what(self, plan: Plan) -> str:
        number = cut_numbers(plan).get(self.cut or "")
        return f"{self.part}{self.what if number is None else f'cut {number}'}"


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
            return Deed(verb="replace", past="replaced", what="the plan")
        case PlanAdded() | PlanNamed() | PlanRemoved() | VersionKept() | PlanSigned() | SignatureWithdrawn():
            return _deed_to_plans(change)
        case ChangeBody():
            if after.body is None:
                return Deed(verb="take out", past="took out", what=_BODY)
            if before.body is None:
                return Deed(verb="enter", past="entered", what=_BODY)
            return Deed(verb="change", past="changed", what=_BODY)
        case SetNote(note=note):
            is_new = before.note(note_id(note)) is None
            verb, past = ("add", "added") if is_new else ("change", "changed")
            return Deed(verb=verb, past=past, what=_called(note))
        case DropNote(note_id=dropped):
            return Deed(verb="remove", past="removed", what=_called(before.note(dropped)))
        case RestoreEarlier(direction=direction):
            targets = (*change.dropped, *(one.resection_id for one in change.resections))
            verb, past = ("undo", "undid") if direction == "undo" else ("redo", "redid")
            if not targets and change.body is None and len(noted := (*change.dropped_notes, *change.notes)) == 1:
                one = noted[0] if not isinstance(noted[0], str) else before.note(noted[0])
                return Deed(verb=verb, past=past, what=f"a change of {_called(one)}")
            if len(targets) == 1:
                around = after if after.resection(targets[0]) else before
                return _deed(verb, past, targets[0], around, "a change of ")
            return Deed(verb=verb, past=past, what="a change of the plan")
        case _:
            assert_never(change)


def _deed_to_plans(change: PlanChange) -> Deed:
    match change:
        case PlanAdded(name=name):
            return Deed(verb="make", past="made", what=f"the plan {name}")
        case PlanNamed(name=name):
            return Deed(verb="rename", past="renamed", what=f"the plan to {name}")
        case PlanRemoved():
            return Deed(verb="remove", past="removed", what="the plan")
        case VersionKept(version=version):
            return Deed(verb="keep", past="kept", what=f"the version {version.name}")
        case PlanSigned(version=version):
            is_confirmed = version.signatures[-1].stage == "confirmed"
            verb, past = ("confirm", "confirmed") if is_confirmed else ("propose", "proposed")
            return Deed(verb=verb, past=past, what="the plan")
        case SignatureWithdrawn():
            return Deed(verb="withdraw", past="withdrew", what="the signature of the plan")
        case _:
            assert_never(change)


def _deed(verb: str, past: str, resection_id: str, plan: Plan, part: str = "") -> Deed:
    number = cut_numbers(plan).get(resection_id)
    what = "a cut" if number is None else f"cut {number}"
    return Deed(verb=verb, past=past, what=what, part=part, cut=resection_id)


def _called(note: Note | None) -> str:
    """What people call it: "the distance", "the pin 'keep this vein'"."""
    if note is None:
        return "a note"
    if isinstance(note, KeptPin):
        text = note.pin.text
        return f"the pin '{text if len(text) <= _PIN_LETTERS else text[: _PIN_LETTERS - 1] + '…'}'"
    return _MEASURES[note.measurement.kind]


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
                return "change", "changed", "the margin of "
            return "move", "moved", ""
        case TerritoryResectionState(), TerritoryResectionState():
            return "change", "changed", "the segments of "
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
