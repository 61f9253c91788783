"""Everything that a session of a case needs, opened together and off the event loop."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

from engine.case import SESSION_FOLDER, Case
from engine.clinical import body_file_of, read_body
from engine.errors import ClinicalInputError, StorageError
from engine.liver_map import LiverMap
from engine.resection.measurements import CaseAnatomy
from engine.vessel_tree import VesselTrees
from engine.volume import LabelVolume
from streaming.assets.scene_manifest import open_scene
from streaming.assets.store import AssetStore
from streaming.planning.case_limits import CaseLimits
from streaming.planning.first_resection import first_resection
from streaming.planning.numbers import evaluate_numbers
from streaming.protocol import BodyState, PlanNumbers, ResectionState, SceneManifest
from streaming.session.changes import SYSTEM_AUTHOR, Operation, SetResection
from streaming.session.fold import Fold
from streaming.session.operation_log import OperationLog
from streaming.session.operations import Plan

if TYPE_CHECKING:
    from engine.resection import PlanEvaluator

LOG_FILE: Final = "plan.sqlite"
FIRST_OPERATION: Final = (1, "first-resection")
"""Revision and id of what a new log begins with."""

_LOG = logging.getLogger("cantlie.session")


class Log(Protocol):
    """Where operations are kept."""

    def append(self, operations: tuple[Operation, ...]) -> None:
        """Makes them durable; StorageError if not."""
        ...

    def find(self, operation_id: str) -> Operation | None:
        """The durable operation with this id; may be called while others are made durable."""
        ...

    def keep_snapshot(self, fold: Fold, start: Fold) -> None:
        """Keeps what the log comes to, so that it opens at once; StorageError if not."""
        ...

    def close(self) -> None:
        """Frees what it holds."""
        ...


class UnwritableLog:
    """The log of a case whose folder may not be written: looking and dragging work, committing says why not.

    Args:
        reason: why it cannot be written.
    """

    def __init__(self, reason: StorageError) -> None:
        self._reason = reason

    def append(self, operations: tuple[Operation, ...]) -> None:  # noqa: ARG002 - part of the interface
        """Stores nothing.

        Raises:
            StorageError: always.
        """
        raise StorageError(self._reason.what, cure=self._reason.cure)

    def find(self, operation_id: str) -> Operation | None:  # noqa: ARG002 - part of the interface
        """Knows none."""
        return None

    def keep_snapshot(self, fold: Fold, start: Fold) -> None:
        """There is nothing that a snapshot could shorten."""

    def close(self) -> None:
        """Nothing to free."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanningCase:
    """An opened case.

    Attributes:
        case: the folder.
        manifest: what can be shown.
        assets: its bytes.
        labels: its label volume, mapped from disk.
        trees: its vessels; None where it has none.
        liver_map: its territories; None where it has none.
        evaluator: answers plans.
        start: what is there before the first operation: height and weight, where a person left them beside the plan.
        log: where operations go.
        fold: what the log came to at its newest snapshot; `start` where it has none.
        operations: those after it; at least the first resection where it has none.
    """

    case: Case
    manifest: SceneManifest
    assets: AssetStore
    labels: LabelVolume
    trees: VesselTrees | None
    liver_map: LiverMap | None
    evaluator: PlanEvaluator
    start: Fold
    log: Log
    fold: Fold
    operations: tuple[Operation, ...]

    def numbers(self, resections: tuple[ResectionState, ...], body: BodyState | None, *, details: bool) -> PlanNumbers:
        """The numbers of a plan of this case; blocks, and releases the GIL in its kernels.

        Raises:
            PlanError: the resections make no plan in this case.
        """
        return evaluate_numbers(self.evaluator, resections, details=details, body=body)


def open_planning_case(case: Case, *, at: str) -> PlanningCase:
    """Opens scene, evaluator and log of a case; gives it its first resection if it has none.

    Args:
        case: to open.
        at: the time now, ISO 8601 in UTC.

    Raises:
        CaseError: a file is damaged.
    """
    from engine.resection import PlanEvaluator

    manifest, assets = open_scene(case)
    labels, trees, liver_map = case.labels(), case.vessel_trees(), case.liver_map()
    evaluator = PlanEvaluator(labels, trees=trees, liver_map=liver_map, probability=case.probability())
    start = start_of(case)
    log, fold, operations = _open_log(case, start, at)
    return PlanningCase(
        case=case,
        manifest=manifest,
        assets=assets,
        labels=labels,
        trees=trees,
        liver_map=liver_map,
        evaluator=evaluator,
        start=start,
        log=log,
        fold=fold,
        operations=operations,
    )


def start_of(case: Case) -> Fold:
    """What is there before the first operation: height and weight, where they lie beside the plan."""
    return Fold(plan=Plan(body=_read_body(case)))


def case_limits(opened: PlanningCase) -> CaseLimits:
    """What plans may name and measure in the case."""
    tumours = frozenset(one.name for one in opened.manifest.structures if one.name.startswith("tumour_"))
    anatomy = CaseAnatomy(geometry=opened.labels.geometry, trees=opened.trees, tumours=tumours)
    return CaseLimits.of(opened.manifest, anatomy, opened.case.manifest.labels.sha256)


def reopen_planning_case(opened: PlanningCase, case: Case) -> PlanningCase:
    """The same plan over a newer revision of the case; what did not change is not read or built again.

    Raises:
        CaseError: a file is damaged.
    """
    from engine.resection import PlanEvaluator

    manifest, assets = open_scene(case, opened.assets)
    labels, trees, liver_map = case.labels(), case.vessel_trees(), case.liver_map()
    evaluator = PlanEvaluator(labels, trees=trees, liver_map=liver_map, probability=case.probability())
    return replace(
        opened,
        case=case,
        manifest=manifest,
        assets=assets,
        labels=labels,
        trees=trees,
        liver_map=liver_map,
        evaluator=evaluator,
    )


def _read_body(case: Case) -> BodyState | None:
    path = body_file_of(case.path / SESSION_FOLDER / LOG_FILE)
    if not path.is_file():
        return None
    try:
        body = read_body(path)
    except ClinicalInputError as error:
        _LOG.warning("the body data of a case are left out: %s", error.what)
        return None
    return BodyState(height_cm=body.height_cm, weight_kg=body.weight_kg)


def _open_log(case: Case, start: Fold, at: str) -> tuple[Log, Fold, tuple[Operation, ...]]:
    try:
        log = OperationLog.open(case.path / SESSION_FOLDER / LOG_FILE)
    except StorageError as error:
        return UnwritableLog(error), start, (_first_operation(case, at),)
    try:
        fold = log.snapshot(start)
        operations = log.read(after=fold.plan.revision)
        if fold.plan.revision == 0 and not operations:
            operations = (_first_operation(case, at),)
            log.append(operations)
    except BaseException:
        log.close()
        raise
    return log, fold, operations


def _first_operation(case: Case, at: str) -> Operation:
    return Operation(
        revision=FIRST_OPERATION[0],
        operation_id=FIRST_OPERATION[1],
        author=SYSTEM_AUTHOR,
        at=at,
        base_revision=0,
        change=SetResection(resection=first_resection(case.labels()).resection),
    )
