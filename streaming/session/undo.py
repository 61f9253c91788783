"""What an undo or redo comes to in a plan: the operation to log, or who it would cost their work."""

from __future__ import annotations

from typing import Final

from engine.sentences import say
from streaming.session.changes import BODY_KEY, RestoredBody, RestoreEarlier
from streaming.session.deeds import Deed
from streaming.session.history import Content, Direction, History, Mark, Step, order_key, there_key
from streaming.session.notes import is_note_key, note_id, note_key, of_key
from streaming.session.operations import Plan, name_key, plan_key
from streaming.session.plan_changes import RestoredPlan
from streaming.session.refusals import Refusal

_NOTHING: Final[dict[Direction, Refusal]] = {
    "undo": Refusal(code="nothing_to_undo", what=say("nothing_to_undo")),
    "redo": Refusal(
        code="nothing_to_redo",
        what=say("nothing_to_redo"),
    ),
}


def steps_in_view(steps: tuple[Step, ...], plan: Plan, plan_id: str) -> tuple[Step, ...]:
    """Those that somebody who looks at the plan can take back: nothing changes behind their back in another plan.

    Height and weight belong to all plans, and a plan that is gone can come back whatever one looks at.
    """
    return tuple(step for step in steps if _is_in_view(step, plan, plan_id))


def _is_in_view(step: Step, plan: Plan, plan_id: str) -> bool:
    if step.plan_id == plan_id or BODY_KEY in step.earlier:
        return True
    is_removal = not step.after.is_there
    return there_key(step.plan_id) in step.earlier and (is_removal or plan.plan(step.plan_id) is None)


def hindrance(history: History, plan: Plan, step: Step, direction: Direction) -> Mark | None:
    """Who changed something since that the step would change; None if nobody did.

    A plan that would go with the step is everything in it, whatever others made in there after it, and what they called
    it; and a name that would come back may be another plan's by now.
    """
    if (mark := history.hindrance(step, direction)) is not None:
        return mark
    goal = step.before if direction == "undo" else step.after
    if (mark := _name_taken(history, plan, step, goal)) is not None:
        return mark
    if there_key(step.plan_id) not in step.earlier or goal.is_there:
        return None
    changed, named = (plan.changes.get(key(step.plan_id), {}) for key in (plan_key, name_key))
    by_all = (*changed.items(), *named.items())
    others = {revision: who for who, revision in by_all if who != step.mark.author}
    revision = max(others, default=0)
    if revision <= step.mark.revision:
        return None
    author = others[revision]
    deed = Deed(verb="change", past="changed", thing="plan")
    return Mark(revision=revision, author=author, author_name=history.names.get(author, ""), deed=deed)


def _name_taken(history: History, plan: Plan, step: Step, goal: Content) -> Mark | None:
    """Who gave another plan the name that this one would have after the step; None if nobody did."""
    plan_id = step.plan_id
    named = next((one for one in plan.named if one.plan_id == plan_id), None)
    if named is None or not {name_key(plan_id), there_key(plan_id)} & step.earlier.keys():
        return None
    is_there = goal.is_there if there_key(plan_id) in step.earlier else not named.is_removed
    name = goal.name if name_key(plan_id) in step.earlier else named.name
    same = next((one.plan_id for one in plan.shown_plans if one.plan_id != plan_id and one.name == name), None)
    if same is None or not is_there:
        return None
    marks = (history.touched.get(key) for key in (name_key(same), there_key(same)))
    return max((one for one in marks if one is not None), key=lambda one: one.revision, default=None)


def next_step(
    history: History, plan: Plan, steps: tuple[Step, ...], direction: Direction, told: frozenset[int]
) -> Step | None:
    """The step that the person's undo or redo is about.

    Args:
        history: of the session.
        plan: as it is.
        steps: theirs, of the direction, in view.
        direction: undo or redo.
        told: revisions of steps that they were told somebody hinders; these are passed over while that is so.
    """
    for step in reversed(steps):
        if step.mark.revision not in told or hindrance(history, plan, step, direction) is None:
            return step
    return None


def restoration(plan: Plan, step: Step, direction: Direction) -> RestoreEarlier:
    """The change that undoes or redoes the step; nobody may hinder it. What others changed elsewhere stays."""
    goal, plan_id = (step.before if direction == "undo" else step.after), step.plan_id
    template = goal.order
    keys = [key for key in step.earlier if not key.startswith("~")]
    noted = [key for key in step.earlier if is_note_key(key)]
    put = tuple(one for one in goal.resections if one.resection_id in keys)
    dropped = tuple(key for key in keys if goal.value(key) is None)
    mine = plan.resections_of(plan_id)
    present = tuple(one.resection_id for one in mine if one.resection_id not in dropped)
    wanted = {*present, *(one.resection_id for one in put)}
    is_reordered = order_key(plan_id) in step.earlier
    order = _in_order_of(template, wanted, present) if is_reordered else _among(present, template, wanted)
    return RestoreEarlier(
        direction=direction,
        of_revision=step.mark.revision,
        resections=put,
        dropped=dropped,
        order=order,
        body=RestoredBody(body=goal.body) if BODY_KEY in step.earlier else None,
        notes=tuple(one for one in goal.notes if note_key(note_id(one)) in noted),
        dropped_notes=tuple(of_key(key) for key in noted if goal.note(key) is None),
        plans=_restored_plans(step, goal),
    )


def _restored_plans(step: Step, goal: Content) -> tuple[RestoredPlan, ...]:
    """What becomes of the plan itself; nothing where the step was about its resections."""
    name = goal.name if name_key(step.plan_id) in step.earlier else None
    is_removed = not goal.is_there if there_key(step.plan_id) in step.earlier else None
    if name is None and is_removed is None:
        return ()
    return (RestoredPlan(plan_id=step.plan_id, name=name, is_removed=is_removed),)


def nothing_left(direction: Direction) -> Refusal:
    """Why there is no step."""
    return _NOTHING[direction]


def hindered(plan: Plan, step: Step, mark: Mark, direction: Direction) -> Refusal:
    """Why the step cannot be undone or redone: who changed what since."""
    mine = step.mark.deed.title(plan)
    if mark.author == step.mark.author:
        return Refusal(
            code="overtaken",
            what=say("overtaken_by_you", mark.deed.told(plan), direction, mine),
        )
    name = mark.author_name or "Somebody else"
    return Refusal(
        code="overtaken",
        what=say("overtaken", f"{name} {mark.deed.told(plan)}", direction, mine, mark.author_name or "them"),
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
