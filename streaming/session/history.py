"""Who changed what last, and what each person can undo and redo: a fold over the same operations as the plan.

What can be changed on its own is a *property*: a resection, a measurement or pin (`note_key`), height and weight
(`BODY_KEY`), the order of a plan's resections, its name, whether it is there. Each bears the *mark* of
the operation that gave it its value. Undo brings the earlier mark back with the earlier value, so a change that
somebody else made and took back themselves is in nobody's way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias, TypeVar

from streaming.protocol import FIRST_PLAN_ID, BodyState, ResectionState
from streaming.session.changes import BODY_KEY, Operation, RestoreEarlier
from streaming.session.deeds import Deed, deed_of
from streaming.session.notes import Note, note_id, note_key
from streaming.session.operations import Plan, name_key

DEPTH: Final = 200
"""Operations of one person that can be undone."""

Direction: TypeAlias = Literal["undo", "redo"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Who gave a property its value.

    Attributes:
        revision: of the operation.
        author: whose.
        author_name: what they were called then.
        deed: what they did.
    """

    revision: int
    author: str
    author_name: str
    deed: Deed


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What one plan says, whoever said it.

    Attributes:
        resections: of the plan.
        body: height and weight, which all plans share.
        name: of the plan; None before it was made.
        is_there: whether the plan was made and not removed.
    """

    resections: tuple[ResectionState, ...]
    body: BodyState | None
    name: str | None
    is_there: bool
    notes: tuple[Note, ...] = ()

    @property
    def order(self) -> tuple[str, ...]:
        """Ids of the resections."""
        return tuple(one.resection_id for one in self.resections)

    def note(self, key: str) -> Note | None:
        """The measurement or pin that is filed under the key."""
        return next((one for one in self.notes if note_key(note_id(one)) == key), None)

    def value(self, key: str) -> ResectionState | BodyState | None:
        """Of a property other than the order."""
        if key == BODY_KEY:
            return self.body
        return next((one for one in self.resections if one.resection_id == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An operation that its author can undo, or has undone.

    Attributes:
        plan_id: the plan that it was about.
        mark: that it left on what it changed.
        before: the plan before it.
        after: the plan after it.
        earlier: the marks that it replaced, by property; None where there was none. Its keys are what it changed.
    """

    plan_id: str
    mark: Mark
    before: Content
    after: Content
    earlier: Mapping[str, Mark | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What one person can undo, and redo: the next is the last."""

    undo: tuple[Step, ...] = ()
    redo: tuple[Step, ...] = ()

    def of(self, direction: Direction) -> tuple[Step, ...]:
        """Those of one direction."""
        return self.undo if direction == "undo" else self.redo


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """After an operation.

    Attributes:
        marks: by property; none on what nobody ever gave a value.
        touched: by property, the last operation about it, undo and redo too.
        people: what each person can undo and redo, by their id.
        names: what authors were called last.
    """

    marks: Mapping[str, Mark] = field(default_factory=dict)
    touched: Mapping[str, Mark] = field(default_factory=dict)
    people: Mapping[str, Steps] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def steps(self, author: str) -> Steps:
        """What the person can undo and redo."""
        return self.people.get(author, _NO_STEPS)

    def hindrance(self, step: Step, direction: Direction) -> Mark | None:
        """Who changed something since that the step would change; None if nobody did."""
        for key, earlier in step.earlier.items():
            current = self.marks.get(key)
            if current != (step.mark if direction == "undo" else earlier):
                is_newer = current is not None and current.revision > step.mark.revision
                # An older mark came back by somebody's undo: that is what is in the way.
                return current if is_newer else self.touched[key]
        return None


_NO_STEPS: Final = Steps()


def content_of(plan: Plan, plan_id: str = FIRST_PLAN_ID) -> Content:
    """What the plan says."""
    known = next((one for one in plan.named if one.plan_id == plan_id), None)
    return Content(
        resections=plan.resections_of(plan_id),
        body=plan.body,
        notes=plan.notes_of(plan_id),
        name=None if known is None else known.name,
        is_there=known is not None and not known.is_removed,
    )


def recorded(history: History, before: Plan, operation: Operation, after: Plan) -> History:
    """The history after an operation that turned one plan into the other."""
    deed = deed_of(operation.change, before, after)
    mark = Mark(revision=operation.revision, author=operation.author, author_name=operation.author_name, deed=deed)
    old, new = content_of(before, operation.plan_id), content_of(after, operation.plan_id)
    keys = _changed(old, new, operation.plan_id)
    named = {**history.names, operation.author: operation.author_name} if operation.author_name else history.names
    history = replace(history, names=named, touched={**history.touched, **dict.fromkeys(keys, mark)})
    if isinstance(operation.change, RestoreEarlier):
        return _restored(history, operation.author, operation.change)
    if not keys:
        return history  # said again what is so already: nothing to undo, and nothing lost to redo
    step = Step(
        plan_id=operation.plan_id,
        mark=mark,
        before=old,
        after=new,
        earlier={key: history.marks.get(key) for key in keys},
    )
    mine = Steps(undo=(*history.steps(operation.author).undo, step)[-DEPTH:])
    return replace(
        history,
        marks={**history.marks, **dict.fromkeys(keys, mark)},
        people={**history.people, operation.author: mine},
    )


def _restored(history: History, author: str, change: RestoreEarlier) -> History:
    mine = history.steps(author)
    step = next((one for one in mine.of(change.direction) if one.mark.revision == change.of_revision), None)
    if step is None:  # logged where more steps were kept: nobody can go on from there
        return history
    marks = dict(history.marks)
    for key, earlier in step.earlier.items():
        mark = earlier if change.direction == "undo" else step.mark
        if mark is None:
            marks.pop(key, None)
        else:
            marks[key] = mark
    if change.direction == "undo":
        mine = Steps(undo=_without(mine.undo, step), redo=(*mine.redo, step))
    else:
        undo = sorted((*mine.undo, step), key=lambda one: one.mark.revision)
        mine = Steps(undo=tuple(undo), redo=_without(mine.redo, step))
    return replace(history, marks=marks, people={**history.people, author: mine})


def _without(steps: tuple[Step, ...], step: Step) -> tuple[Step, ...]:
    return tuple(one for one in steps if one is not step)


def order_key(plan_id: str) -> str:
    """The order of a plan's resections as a property; no resection has this id."""
    return f"~order.{plan_id}"


def there_key(plan_id: str) -> str:
    """That the plan is there, as a property."""
    return f"~there.{plan_id}"


def _changed(before: Content, after: Content, plan_id: str) -> tuple[str, ...]:
    """The properties that differ, by an operation about the plan."""
    old = {one.resection_id: one for one in before.resections}
    new = {one.resection_id: one for one in after.resections}
    keys = [*_different(old, new), *_different(_by_key(before.notes), _by_key(after.notes))]
    if before.body is not after.body and before.body != after.body:
        keys.append(BODY_KEY)
    if [key for key in old if key in new] != [key for key in new if key in old]:
        keys.append(order_key(plan_id))
    if before.is_there != after.is_there:
        keys.append(there_key(plan_id))
    if before.name is not None and before.name != after.name:
        keys.append(name_key(plan_id))
    return tuple(keys)


def _different(old: Mapping[str, T], new: Mapping[str, T]) -> list[str]:
    both = ((key, old.get(key), new.get(key)) for key in {**old, **new})
    # What was not touched is the same object: comparing values is dear.
    return [key for key, one, other in both if one is not other and one != other]


def _by_key(notes: tuple[Note, ...]) -> dict[str, Note]:
    return {note_key(note_id(one)): one for one in notes}
