"""Whether a log comes to what is kept of it: its snapshot, the versions in it, and any instant taken at random."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.case import SESSION_FOLDER
from streaming.planning.planning_case import LOG_FILE
from streaming.replay.past import Past
from streaming.session.fold import Fold
from streaming.session.operation_log import OperationLog
from streaming.session.operations import apply
from streaming.session.plan_changes import PlanSigned, VersionKept

INSTANTS: Final = 500
"""Compared at least, or all where there are fewer: each costs folding from the nearest kept plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was compared.

    Attributes:
        operations: folded one by one.
        instants: at which the fold from the nearest kept plan was compared with the fold from the first operation.
        versions: kept or signed plans that were compared with the fold at their operation.
        snapshot: revision of the stored snapshot that was compared; None where there is none of this program.
        problems: what differs, in words; empty where everything is equal.
    """

    operations: int
    instants: int
    versions: int
    snapshot: int | None
    problems: tuple[str, ...]


def verified(case: Path, past: Past, start: Fold) -> Verified:
    """Folds the log again and compares. Blocks.

    Args:
        case: the case's folder.
        past: of its log.
        start: what is there before the first operation.
    """
    problems: list[str] = []
    plan, versions = past.kept[0], 0
    step = max(1, past.revision // INSTANTS)
    instants = 0
    for operation in past.operations:
        before, plan = plan, apply(plan, operation)
        if operation.revision % step == 0 or operation.revision == past.revision:
            instants += 1
            if past.at(operation.revision) != plan:
                problems.append(f"The plan at revision {operation.revision} depends on where its fold begins.")
        change = operation.change
        if isinstance(change, VersionKept | PlanSigned):
            versions += 1
            if change.version.resections != before.resections_of(operation.plan_id):
                problems.append(f"The version kept at revision {operation.revision} is not the plan of that instant.")
    snapshot = _snapshot(case, start)
    if snapshot is not None:
        folded = start.after_all(past.operations[: snapshot.plan.revision])
        if folded != snapshot:
            problems.append(f"The snapshot at revision {snapshot.plan.revision} is not what the log comes to.")
    return Verified(
        operations=past.revision,
        instants=instants,
        versions=versions,
        snapshot=None if snapshot is None else snapshot.plan.revision,
        problems=tuple(problems),
    )


def _snapshot(case: Path, start: Fold) -> Fold | None:
    path = case / SESSION_FOLDER / LOG_FILE
    if not path.is_file():
        return None
    log = OperationLog.open(path)
    try:
        found = log.snapshot(start)
    finally:
        log.close()
    return None if found.plan.revision == 0 else found
