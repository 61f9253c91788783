"""How long a cut takes, exactly answered, beside its peers: `python benchmarks/cut.py [--case DIR] [--json]`.

Equality comes first: planes to the voxel against NumPy, surfaces to 0.02 % of every label against the sign of their own
function at every voxel centre; no time is printed for a kernel that differs. Medians and 99th percentiles of one run
on one thread. Peers, in the same run: NumPy over the volume; a compiled loop over every voxel (surfaces);
vtkClipClosedSurface with vtkMassProperties and manifold3d's split on the liver as 20,480 triangles (phantom only).
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from cut_parts.peers import manifold_peer, numpy_peer, voxel_peer, vtk_peer
from cut_parts.phantom import CutCase, phantom_case, prepared_case
from numpy.typing import NDArray

from engine.resection import PlaneResection, PlanEvaluator, Resection, ResectionPlan, SurfaceResection, warm_up

CURVED_TOLERANCE = 2e-4
Timings = dict[str, float | int]


def one(resection: Resection) -> ResectionPlan:
    """A plan of one resection."""
    return ResectionPlan(resections=(resection,))


def random_planes(points: NDArray[np.float64], count: int, random: np.random.Generator) -> list[PlaneResection]:
    """Planes in any direction through points of the liver."""
    at = points[random.integers(0, len(points), count)]
    return [
        PlaneResection(point_lps_mm=tuple(p), normal_lps=tuple(n))
        for p, n in zip(at, random.normal(size=(count, 3)), strict=True)
    ]


def dragged_planes(points: NDArray[np.float64], count: int) -> list[PlaneResection]:
    """A plane that a hand moves through the liver and turns on the way, 0.5 mm and 0.3 degrees a frame."""
    middle, reach = points.mean(axis=0), float(np.ptp(points, axis=0).min()) / 3.0
    planes = []
    for step in range(count):
        turn = np.radians(0.3) * step
        normal = np.array([np.cos(turn), 0.4 * np.sin(2 * turn), 0.5 * np.sin(turn) + 0.2])
        along = reach * np.sin(0.5 * step / reach)
        planes.append(PlaneResection(point_lps_mm=tuple(middle + along * normal), normal_lps=tuple(normal)))
    return planes


def curved(evaluator: PlanEvaluator, planes: Iterable[PlaneResection], seed: int) -> list[SurfaceResection]:
    """Surfaces over the liver bent by up to 20 mm at every control point."""
    random = np.random.default_rng(seed)
    found = []
    for plane in planes:
        flat = evaluator.flat_surface(plane)
        bent = flat.control_net_lps_mm + random.uniform(-20.0, 20.0, (4, 4, 1)) * flat.frame.normal_lps
        found.append(SurfaceResection.from_net(bent))
    return found


def times_ms(work: Callable[[ResectionPlan], object], plans: list[ResectionPlan]) -> Timings:
    """Wall time of each call."""
    work(plans[0])
    gc.collect()
    gc.disable()
    spent = []
    for plan in plans:
        start = time.perf_counter()
        work(plan)
        spent.append(1000.0 * (time.perf_counter() - start))
    gc.enable()
    median, p99 = float(np.median(spent)), float(np.quantile(spent, 0.99))
    return {
        "median_ms": median,
        "p99_ms": p99,
        "p99_over_median": p99 / median,
        "worst_ms": max(spent),
        "runs": len(spent),
    }


def check(case: CutCase, evaluator: PlanEvaluator, planes: list[ResectionPlan], surfaces: list[ResectionPlan]) -> float:
    """Largest difference of a curved count, as a part of its label; exits if anything differs by more than it may."""
    count_planes, count_surfaces = numpy_peer(case.labels), voxel_peer(case.labels, even=False)
    for plan in planes:
        resected = count_planes(plan)
        for value, remnant, total in zip(*evaluator.count_by_value(plan), strict=True):
            if total - remnant != resected[value]:
                raise SystemExit(f"label {value}: {total - remnant} resected, counting says {resected[value]}")
    worst = 0.0
    for plan in surfaces:
        resected = count_surfaces(plan)
        for value, remnant, total in zip(*evaluator.count_by_value(plan), strict=True):
            worst = max(worst, abs(float(total - remnant - resected[value])) / float(total))
    if worst > CURVED_TOLERANCE:
        raise SystemExit(f"a curved count differs by {100 * worst:.4f} %")
    return worst


def measure(case: CutCase, arguments: argparse.Namespace) -> dict[str, object]:
    """All figures of one case."""
    start = time.perf_counter()
    evaluator = PlanEvaluator(case.labels, trees=case.trees, liver_map=case.liver_map)
    build_ms = 1000.0 * (time.perf_counter() - start)
    random = np.random.default_rng(7)
    points = evaluator.liver_points_lps_mm()
    planes = random_planes(points, arguments.planes, random)
    random_plans = [one(plane) for plane in planes]
    dragged = [one(plane) for plane in dragged_planes(points, arguments.dragged)]
    bent = [one(surface) for surface in curved(evaluator, planes[: arguments.curved], 11)]
    worst = check(case, evaluator, random_plans[:4] + dragged[:2], bent[:3])

    def preview(plan: ResectionPlan) -> object:
        return evaluator.evaluate(plan, details=False)

    tenth = max(arguments.curved // 10, 3)
    runs = {
        "count_plane_random": times_ms(evaluator.count_by_value, random_plans),
        "count_plane_dragged": times_ms(evaluator.count_by_value, dragged),
        "count_curved": times_ms(evaluator.count_by_value, bent),
        "preview_plane_random": times_ms(preview, random_plans),
        "preview_plane_dragged": times_ms(preview, dragged),
        "preview_curved": times_ms(preview, bent),
        "details_plane": times_ms(evaluator.evaluate, random_plans[:tenth]),
        "details_curved": times_ms(evaluator.evaluate, bent[:tenth]),
    }
    peers = {
        "numpy_plane": times_ms(numpy_peer(case.labels), random_plans[:5]),
        "numba_per_voxel_curved": times_ms(voxel_peer(case.labels, even=True), bent[:5]),
    }
    for name, peer in (("vtk_plane_20k", vtk_peer), ("manifold3d_plane_20k", manifold_peer)):
        if case.liver is not None and (work := peer(*case.liver)) is not None:
            peers[name] = times_ms(work, random_plans[:50])
    return {
        "case": case.name,
        "label_values": int(len(np.unique(case.labels.labels)) - 1),
        "planes_equal_counting": True,
        "curved_worst_difference_percent": 100.0 * worst,
        "tables_mb": evaluator.table_bytes / 1e6,
        "build_ms": build_ms,
        "runs": runs,
        "peers": peers,
        "times_faster": faster(runs, peers),
    }


def faster(runs: dict[str, Timings], peers: dict[str, Timings]) -> dict[str, float]:
    """How many times faster than each peer, by medians."""
    return {
        name: times["median_ms"] / runs["count_curved" if "curved" in name else "count_plane_random"]["median_ms"]
        for name, times in peers.items()
    }


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", type=Path, help="a prepared case instead of the phantom")
    parser.add_argument("--planes", type=int, default=3000)
    parser.add_argument("--dragged", type=int, default=600)
    parser.add_argument("--curved", type=int, default=600)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    warm_up()
    case = phantom_case() if arguments.case is None else prepared_case(arguments.case)
    figures = measure(case, arguments)
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        if isinstance(value, dict):
            for part, one_value in value.items():
                print(f"{name} {part}: {one_value}")
        else:
            print(f"{name}: {value}")


if __name__ == "__main__":
    main()
