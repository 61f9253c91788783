"""How long closed cut meshes and flattened cuts of a case take.

    python benchmarks/cut_surfaces.py CASE [--repeats N] [--json]

Truth comes first: nothing is timed unless both parts of the liver are closed and within half a percent of the voxels,
and the flattened cut lies on its surface.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.anatomy import LIVER_VALUES
from engine.case import Case
from engine.meshing import surface_report
from engine.meshing.cutting import CuttableMesh
from engine.plan_cutting import PlanCutting
from engine.resection import PlanEvaluator
from engine.resection.plan import PlaneResection, ResectionPlan, Spheroid, SurfaceResection, WedgeResection
from engine.resection.resectogram import ResectogramMaker, warm_up
from engine.resection.sides import Sides
from engine.surface import MeshLevel


def plans_through(centre: NDArray[np.float64]) -> dict[str, ResectionPlan]:
    """One plan of each kind through the liver's centre."""
    across = np.linspace(-80.0, 80.0, 4)
    net = [[centre + np.array([0.002 * (u * u - v * v), u, v]) for u in across] for v in across]
    plane = PlaneResection(point_lps_mm=tuple(centre.tolist()), normal_lps=(-0.9, 0.3, 0.3))
    surface = SurfaceResection.from_net(np.array(net))
    x, y, z = (centre + np.array([0.0, -50.0, 0.0])).tolist()
    ball = Spheroid(centre_lps_mm=(x, y, z), axis_lps=(0.2, 1.0, 0.1), radius_across_mm=35.0, radius_along_mm=45.0)
    wedge = WedgeResection(shape=ball)
    kinds = {"plane": (plane,), "surface": (surface,), "wedge": (wedge,), "union": (plane, surface, wedge)}
    return {name: ResectionPlan(resections=resections) for name, resections in kinds.items()}


def median_ms(function: Callable[[], object], repeats: int) -> float:
    """Median of several calls after one that is not counted, ms."""
    function()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        taken.append(time.perf_counter() - start)
    return 1e3 * float(np.median(taken))


def cut_times(
    mesh: MeshLevel, case: Case, plans: dict[str, ResectionPlan], evaluator: PlanEvaluator, repeats: int
) -> dict[str, float]:
    """Median ms to make the surface ready and to cut it by each plan, parts checked and copied out."""
    cutting = PlanCutting({"liver": mesh}, case.labels())
    found = {"make ready": median_ms(lambda: CuttableMesh(mesh), repeats)}
    for name, plan in plans.items():
        (liver,) = cutting.cut(plan)
        voxels = evaluator.evaluate(plan, details=False).structure("liver")
        for part, voxels_ml in ((liver.cut.resected, voxels.resected_ml), (liver.cut.remnant, voxels.remnant_ml)):
            if part is None or not surface_report(part.mesh).sound:
                raise SystemExit(f"{name}: a part is not closed")
            if abs(part.mesh.volume_ml / voxels_ml - 1.0) > 5e-3:
                raise SystemExit(f"{name}: {part.mesh.volume_ml:.1f} mL, by voxels {voxels_ml:.1f} mL")
        found[name] = median_ms(lambda plan=plan: cutting.cut(plan), repeats)  # type: ignore[misc]
    return found


def flat_times(case: Case, plans: dict[str, ResectionPlan], repeats: int) -> dict[str, float]:
    """Median ms of a 128 x 128 flattened cut of each kind."""
    warm_up()
    maker = ResectogramMaker(case.labels(), case.scan())
    found = {}
    for name, plan in plans.items():
        if name == "union":
            continue
        points = maker.make(plan, 1).position_lps_mm.reshape(-1, 3).astype(np.float64)
        signed = Sides(plan, case.labels().geometry).signed(points[np.isfinite(points[:, 0])])
        if np.abs(signed).max() > 0.05:
            raise SystemExit(f"{name}: the flattened cut lies off its surface")
        found[name] = median_ms(lambda plan=plan: maker.make(plan, 1), repeats)  # type: ignore[misc]
    return found


def main() -> None:
    """Prints the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", type=Path)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    case = Case.open(arguments.case)
    labels = case.labels()
    centre = labels.geometry.lps_from_index(np.argwhere(labels.mask_of(LIVER_VALUES))[:, ::-1]).mean(axis=0)
    plans, evaluator = plans_through(centre), PlanEvaluator(labels)
    report: dict[str, dict[str, float]] = {}
    for level in range(min(2, len(case.manifest.structure("liver").levels))):
        mesh = case.mesh("liver", level)
        report[f"cut liver of {len(mesh.faces)} triangles, ms"] = cut_times(
            mesh, case, plans, evaluator, arguments.repeats
        )
    report["flattened cut of 128 x 128, ms"] = flat_times(case, plans, arguments.repeats)
    if arguments.json:
        print(json.dumps(report, indent=1))
        return
    for title, times in report.items():
        print(title)
        for name, value in times.items():
            print(f"  {name:<12}{value:>9.1f}")


if __name__ == "__main__":
    main()
