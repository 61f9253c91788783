"""What an undo or redo comes to in a plan: the operation to log, or who it would cost their work."""

from __future__ import annotations

from typing import Final

from streaming.session.history import ORDER_KEY, Direction, History, Mark, Step
from streaming.session.notes import is_note_key, note_id, note_key, of_key
from streaming.session.operations import BODY_KEY, Plan, Refusal, RestoredBody, RestoreEarlier

_NOTHING: Final[dict[Direction, Refusal]] = {
    "undo": Refusal(code="nothing_to_undo", what="There is nothing of yours to undo.", cure="Make a change first."),
    "redo": Refusal(
        code="nothing_to_redo",
        what="There is nothing of yours to redo.",
        cure="Only what was just undone can come back.",
    ),
}


def next_step(history: History, author: str, direction: Direction, told: frozenset[int]) -> Step | None:
    """The step that the person's undo or redo is about.

    Args:
        history: of the session.
        author: the person.
        direction: undo or redo.
        told: revisions of steps that they were told somebody hinders; these are passed over while that is so.
    """
    steps = history.steps(author).of(direction)
    for step in reversed(steps):
        if step.mark.revision not in told or history.hindrance(step, direction) is None:
            return step
    return None


def restoration(plan: Plan, step: Step, direction: Direction) -> RestoreEarlier:
    """The change that undoes or redoes the step; nobody may hinder it. What others changed elsewhere stays."""
    goal, template = (step.before, step.before.order) if direction == "undo" else (step.after, step.after.order)
    keys = [key for key in step.earlier if key not in {BODY_KEY, ORDER_KEY} and not is_note_key(key)]
    noted = [key for key in step.earlier if is_note_key(key)]
    put = tuple(one for one in goal.resections if one.resection_id in keys)
    dropped = tuple(key for key in keys if goal.value(key) is None)
    present = tuple(one.resection_id for one in plan.resections if one.resection_id not in dropped)
    wanted = {*present, *(one.resection_id for one in put)}
    order = _in_order_of(template, wanted, present) if ORDER_KEY in step.earlier else _among(present, template, wanted)
    return RestoreEarlier(
        direction=direction,
        of_revision=step.mark.revision,
        resections=put,
        dropped=dropped,
        order=order,
        body=RestoredBody(body=goal.body) if BODY_KEY in step.earlier else None,
        notes=tuple(one for one in goal.notes if note_key(note_id(one)) in noted),
        dropped_notes=tuple(of_key(key) for key in noted if goal.note(key) is None),
    )


def nothing_left(direction: Direction) -> Refusal:
    """Why there is no step."""
    return _NOTHING[direction]


def hindered(plan: Plan, step: Step, mark: Mark, direction: Direction) -> Refusal:
    """Why the step cannot be undone or redone: who changed what since."""
    mine = step.mark.deed.title(plan)
    if mark.author == step.mark.author:
        return Refusal(
            code="overtaken",
            what=f'You {mark.deed.told(plan)} later: the way to {direction} "{mine}" is closed.',
            cure="Make the change by hand. The next press goes on with what you did before.",
        )
    name = mark.author_name or "Somebody else"
    return Refusal(
        code="overtaken",
        what=f'{name} {mark.deed.told(plan)} after you. To {direction} "{mine}" would undo their work.',
        cure=f"Ask {mark.author_name or 'them'} to undo it first, or make the change by hand.",
    )


def _in_order_of(template: tuple[str, ...], wanted: set[str], present: tuple[str, ...]) -> tuple[str, ...]:
    """All that are wanted as the template has them; what it does not know follows as it is."""
    return (
        *(one for one in template if one in wanted),
        *(one for one in present if one not in template),
    )


def _among(present: tuple[str, ...], template: tuple[str, ...], wanted: set[str]) -> tuple[str, ...]:
    """Those that are present as they are, and each that comes back behind the one it followed in the template."""
    order = list(present)
    place = 0
    for one in template:
        if one in order:
            place = order.index(one) + 1
        elif one in wanted:
            order.insert(place, one)
            place += 1
    return tuple(order)
