"""What a simulated person does next."""

from __future__ import annotations

import random
from typing import Final

from streaming.protocol import (
    BodyState,
    CommitResection,
    PlaneResectionState,
    RedoEdit,
    RemoveResection,
    ReplacePlan,
    ResectionState,
    SetBody,
    SurfaceResectionState,
    TerritoryResectionState,
    UndoEdit,
)
from streaming.session.editing import Edit

CUTS: Final = ("cut-1", "cut-2", "cut-3", "cut-4")
"""Few, so that people get in each other's way."""

_KINDS: Final = ("commit", "undo", "redo", "remove", "replace", "body")
_WEIGHTS: Final = (60, 18, 8, 7, 3, 4)


def any_resection(chance: random.Random, resection_id: str) -> ResectionState:
    """Somewhere; a plane as a rule."""
    x = float(chance.randint(-40, 40))
    match chance.randrange(6):
        case 0:
            points = tuple((x + 10.0 * column, 10.0 * row, 0.0) for row in range(4) for column in range(4))
            return SurfaceResectionState(resection_id=resection_id, control_points_lps_mm=points)
        case 1:
            return TerritoryResectionState(
                resection_id=resection_id, segments=(1 + chance.randrange(8),), portal_branches=()
            )
        case _:
            return PlaneResectionState(
                resection_id=resection_id, point_lps_mm=(x, 0.0, 0.0), normal_lps=(1.0, 0.0, 0.0)
            )


def any_edit(chance: random.Random, *, operation_id: str, base_revision: int) -> Edit:
    """A change of the plan by somebody who sees it at a revision."""
    cut = chance.choice(CUTS)
    match chance.choices(_KINDS, _WEIGHTS)[0]:
        case "undo":
            return UndoEdit(operation_id=operation_id, base_revision=base_revision)
        case "redo":
            return RedoEdit(operation_id=operation_id, base_revision=base_revision)
        case "remove":
            return RemoveResection(operation_id=operation_id, base_revision=base_revision, resection_id=cut)
        case "replace":
            cuts = chance.sample(CUTS, chance.randrange(len(CUTS)))
            resections = tuple(any_resection(chance, one) for one in cuts)
            return ReplacePlan(operation_id=operation_id, base_revision=base_revision, resections=resections)
        case "body":
            body = (
                BodyState(height_cm=170.0, weight_kg=float(chance.randint(50, 90))) if chance.random() < 0.8 else None
            )
            return SetBody(operation_id=operation_id, base_revision=base_revision, body=body)
        case _:
            resection = any_resection(chance, cut)
            return CommitResection(operation_id=operation_id, base_revision=base_revision, resection=resection)
