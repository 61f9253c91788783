"""The self-check: the same evaluator on a liver whose numbers are known by formula, drawn on a case's own voxels.

It measures what voxel size, direction and the program itself do to the numbers of this case. What the segmentation
does to them is another matter: that is what their intervals are for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from engine.geometry import VolumeGeometry
from engine.phantom import known_liver as known
from engine.progress import Progress, SilentProgress
from engine.resection import PlanAnswer, PlaneResection, PlanEvaluator, ResectionPlan
from engine.resection.plan import Spheroid, WedgeResection
from engine.self_check_record import MeasuredError, SelfCheckRecord, software_version

TRIALS: Final = 6
"""Directions of the cut; each also shifts the liver by a part of a voxel."""

_EXACT: Final[Mapping[str, tuple[str, str, float]]] = {
    "liver_volume_percent": ("Liver volume", "%", known.liver_ml()),
    "resected_volume_percent": ("Volume beyond a plane", "%", known.resected_ml()),
    "wedge_volume_percent": (
        "Volume of a wedge",
        "%",
        known.ball_ml(known.TUMOUR_RADIUS_MM + known.WEDGE_MARGIN_MM),
    ),
    "tumour_volume_percent": ("Tumour volume", "%", known.ball_ml(known.TUMOUR_RADIUS_MM)),
    "plane_margin_mm": ("Margin to a plane", "mm", known.MARGIN_MM),
    "wedge_margin_mm": ("Margin to a wedge", "mm", known.WEDGE_MARGIN_MM),
    "functional_flr_points": ("Functional FLR", "percentage points", known.functional_flr_percent()),
}


def self_check(
    geometry: VolumeGeometry, *, created_at: str, trials: int = TRIALS, progress: Progress | None = None
) -> SelfCheckRecord:
    """Measures the errors on a grid's voxel size and direction.

    Args:
        geometry: of the case.
        created_at: ISO 8601, passed in so that the check needs no clock.
        trials: how many livers.
        progress: told fractions; may raise to stop.
    """
    report = progress or SilentProgress()
    report.stage("Checking on livers of known volume")
    found = []
    for trial in range(trials):
        report.advance(trial / trials)
        found.append(_errors_of(known.known_liver(geometry.spacing_ijk_mm, geometry.direction, seed=trial)))
    report.advance(1.0)
    a, b, c = geometry.spacing_ijk_mm.tolist()
    return SelfCheckRecord(
        software=software_version(),
        created_at=created_at,
        trials=trials,
        spacing_ijk_mm=(a, b, c),
        direction=tuple(geometry.direction.ravel().tolist()),
        errors=tuple(_measured(name, [errors[name] for errors in found]) for name in _EXACT),
    )


def _measured(name: str, errors: list[float]) -> MeasuredError:
    title, unit, exact = _EXACT[name]
    return MeasuredError(
        name=name,
        title=title,
        unit=unit,
        exact=exact,
        mean=float(np.mean(errors)),
        worst=max(errors, key=abs),
    )


def _errors_of(liver: known.KnownLiver) -> dict[str, float]:
    """Measured minus exact of every number in one liver."""
    evaluator = PlanEvaluator(liver.labels, trees=liver.trees, liver_map=liver.liver_map)
    plane = evaluator.evaluate(
        ResectionPlan(
            resections=(PlaneResection(point_lps_mm=liver.cut_point_lps_mm, normal_lps=liver.cut_normal_lps),)
        )
    )
    radius = known.TUMOUR_RADIUS_MM + known.WEDGE_MARGIN_MM
    ball = Spheroid(
        centre_lps_mm=liver.tumour_centre_lps_mm,
        axis_lps=liver.cut_normal_lps,
        radius_across_mm=radius,
        radius_along_mm=radius,
    )
    wedge = evaluator.evaluate(ResectionPlan(resections=(WedgeResection(shape=ball),)))
    assert plane.function is not None and plane.function.flr is not None
    return {
        "liver_volume_percent": _percent(plane.structure("liver").total_ml, "liver_volume_percent"),
        "resected_volume_percent": _percent(plane.structure("liver").resected_ml, "resected_volume_percent"),
        "wedge_volume_percent": _percent(wedge.structure("liver").resected_ml, "wedge_volume_percent"),
        "tumour_volume_percent": _percent(plane.structure("tumour_01").total_ml, "tumour_volume_percent"),
        "plane_margin_mm": _margin_mm(plane) - known.MARGIN_MM,
        "wedge_margin_mm": _margin_mm(wedge) - known.WEDGE_MARGIN_MM,
        "functional_flr_points": plane.function.flr.percent - known.functional_flr_percent(),
    }


def _percent(measured_ml: float, name: str) -> float:
    exact_ml = _EXACT[name][2]
    return 100.0 * (measured_ml - exact_ml) / exact_ml


def _margin_mm(answer: PlanAnswer) -> float:
    margin = answer.margins[0].minimum_mm
    assert margin is not None
    return margin
