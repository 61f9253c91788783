"""What must hold of the log, said without the code that is checked: who undid what, and what each property is then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from streaming.protocol import FIRST_PLAN_ID
from streaming.session.changes import Operation, RestoreEarlier
from streaming.session.fold import Fold
from streaming.session.notes import note_id
from streaming.session.operations import Plan

_BODY: Final = "~body"
_NAME: Final = "~name."
_THERE: Final = "~there."


@dataclass(slots=True, kw_only=True)
class _Done:
    """An operation that gave properties their values; in force until it is undone."""

    author: str
    plan_id: str
    gave: dict[str, Any]
    is_in_force: bool = True


class LogCheck:
    """Follows a log from its first operation; each property is what the newest operation in force gave it."""

    def __init__(self) -> None:
        self.fold = Fold()
        self._done: dict[int, _Done] = {}
        self._givers: dict[str, list[int]] = {}
        self._first_names = {f"{_NAME}{one.plan_id}": one.name for one in self.fold.plan.named}

    def stored(self, operation: Operation) -> None:
        """One more operation is durable.

        Raises:
            AssertionError: it cost somebody's work silently, or the plan is not what the operations say.
        """
        before_plan = self.fold.plan
        before = _values(before_plan)
        self.fold = self.fold.after(operation)
        after = _values(self.fold.plan)
        self._check_versions(before_plan, self.fold.plan)
        if isinstance(operation.change, RestoreEarlier):
            keys = self._taken_back(operation, operation.change)
        else:
            keys = {key for key in {*before, *after} if before.get(key) != after.get(key) and not _is_new(key, before)}
            self._done[operation.revision] = _Done(
                author=operation.author, plan_id=operation.plan_id, gave={key: after.get(key) for key in keys}
            )
            for key in keys:
                self._givers.setdefault(key, []).append(operation.revision)
        for key in keys:
            giver = self._giver(key)
            expected = self._at_first(key, after) if giver is None else self._done[giver].gave[key]
            if after.get(key) != expected:
                raise AssertionError(f"after revision {operation.revision} {key} is not what revision {giver} made it")

    def _taken_back(self, operation: Operation, change: RestoreEarlier) -> set[str]:
        done = self._done[change.of_revision]
        is_undo = change.direction == "undo"
        if done.author != operation.author:
            raise AssertionError(f"{operation.author} undid what {done.author} did")
        if done.is_in_force is not is_undo:
            raise AssertionError(f"revision {change.of_revision} was undone or redone twice")
        if is_undo and any(self._giver(key) != change.of_revision for key in done.gave):
            raise AssertionError(f"undoing revision {change.of_revision} cost somebody's newer work")
        if is_undo and done.gave.get(f"{_THERE}{done.plan_id}") and self._is_shared(change.of_revision, done):
            raise AssertionError(f"undoing revision {change.of_revision} took a plan in which others work")
        done.is_in_force = not is_undo
        return set(done.gave)

    def _is_shared(self, revision: int, made: _Done) -> bool:
        """Whether somebody else did something in the plan since it was made."""
        later = (one for number, one in self._done.items() if number > revision and one.is_in_force)
        return any(one.plan_id == made.plan_id and one.author != made.author and one.gave for one in later)

    def _at_first(self, key: str, after: dict[str, Any]) -> Any:
        """What a property was that nobody gave a value: nothing, but for what a plan was called when it was made."""
        if key == f"{_THERE}{FIRST_PLAN_ID}":
            return True
        return self._first_names.get(key, after.get(key)) if key.startswith(_NAME) else None

    def _check_versions(self, before: Plan, after: Plan) -> None:
        """A version that was kept stays as it is but for signatures; what is signed is the plan."""
        self._first_names.update({f"{_NAME}{one.plan_id}": one.name for one in after.named[len(before.named) :]})
        for old, new in zip(before.named, after.named, strict=False):
            for version in old.versions if new is not old else ():
                kept = new.version(version.version_id)
                if kept is None or kept.model_copy(update={"signatures": version.signatures}) != version:
                    raise AssertionError(f"version {version.name} of {new.name} was changed")
                if kept.signatures[: len(version.signatures)] != version.signatures:
                    raise AssertionError(f"version {version.name} of {new.name} lost a signature")
        for one in after.shown_plans:
            signed = one.signed_version
            if signed is not None and signed.resections != after.resections_of(one.plan_id):
                raise AssertionError(f"{one.name} is signed as something that it is not")

    def _giver(self, key: str) -> int | None:
        """The newest operation in force that gave the property a value."""
        givers = self._givers.get(key, [])
        return next((revision for revision in reversed(givers) if self._done[revision].is_in_force), None)


def _is_new(key: str, before: dict[str, Any]) -> bool:
    """Whether it is the name of a plan that is being made: that is no change of a name."""
    return key.startswith(_NAME) and key not in before


def _values(plan: Plan) -> dict[str, Any]:
    """By property: everything that plans say but the order of resections, what they are called, which there are."""
    return {
        **{one.resection_id: one for one in plan.resections},
        **{f"~note.{note_id(one)}": one for one in plan.notes},
        **{f"{_NAME}{one.plan_id}": one.name for one in plan.named},
        **{f"{_THERE}{one.plan_id}": True for one in plan.shown_plans},
        _BODY: plan.body,
    }
