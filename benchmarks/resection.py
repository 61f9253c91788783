"""How long the answer to a plan takes, against counting voxels with NumPy.

    python benchmarks/resection.py [--labels FILE.npy] [--json]

Equality comes first: no time is printed for a kernel that differs from counting by one voxel.
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

from engine.geometry import VolumeGeometry
from engine.resection import PlaneResection, PlanEvaluator, ResectionPlan, warm_up
from engine.resection.counting import count_every_voxel
from engine.resection.sides import plane_coefficients
from engine.volume import LabelVolume

SPACING_MM = (0.7, 0.7, 2.0)


def synthetic_abdomen(shape_kji: tuple[int, int, int] = (129, 512, 512)) -> LabelVolume:
    """A body, bones, a liver with vessels and three tumours, spleen, kidneys, IVC and aorta from simple solids."""
    geometry = VolumeGeometry.from_parts(shape_kji=shape_kji, spacing_ijk_mm=SPACING_MM)
    labels = np.zeros(shape_kji, dtype=np.uint8)
    centre = np.array(shape_kji[::-1]) / 2.0 * SPACING_MM
    k, j, i = np.ogrid[tuple(slice(0, n) for n in shape_kji)]
    x, y, z = (index * s - c for index, s, c in zip((i, j, k), SPACING_MM, centre, strict=True))

    def solid(value: int, at: tuple[float, float, float], half: tuple[float, float, float]) -> None:
        distance = ((x - at[0]) / half[0]) ** 2 + ((y - at[1]) / half[1]) ** 2 + ((z - at[2]) / half[2]) ** 2
        labels[distance <= 1.0] = value

    def tube(value: int, at: tuple[float, float], slope: tuple[float, float], radius: float, inside: int) -> None:
        mask = (x - at[0] - slope[0] * z) ** 2 + (y - at[1] - slope[1] * z) ** 2 <= radius**2
        labels[mask & ((labels == inside) if inside else (labels > 0))] = value

    solid(14, (0, 0, 0), (165, 120, 400))
    for angle in np.linspace(0, 2 * np.pi, 16, endpoint=False):
        tube(13, (150 * np.cos(angle), 108 * np.sin(angle)), (0.05, 0.1), 6, 0)
    tube(13, (0, 80), (0, 0), 22, 0)
    solid(1, (-55, -10, 0), (95, 70, 58))
    for n in range(6):
        tube(2, (-100.0 + 15 * n, -5 + 4 * n), (0.5 - 0.2 * n, 0.3), 4, 1)
        tube(3, (-95.0 + 15 * n, -25 + 6 * n), (-0.4 + 0.15 * n, 0.4), 4, 1)
    for n, at in enumerate(((-90, -20, 10), (-40, 0, -15), (-60, 20, 25))):
        solid(101 + n, at, (12 + 4 * n,) * 3)
    tube(4, (-15, 45), (0, 0), 12, 0)
    tube(12, (12, 50), (0, 0), 10, 0)
    solid(6, (95, 30, 20), (30, 25, 50))
    solid(7, (60, 60, -40), (25, 22, 50))
    solid(8, (-60, 60, -50), (25, 22, 50))
    return LabelVolume(labels=labels, geometry=geometry)


def random_plane(labels: LabelVolume, random: np.random.Generator) -> PlaneResection:
    """A plane in any direction through the middle half of the liver's box."""
    k, j, i = (np.flatnonzero((labels.labels == 1).any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1)))
    ijk = [random.uniform(*np.quantile(index, (0.25, 0.75))) for index in (i, j, k)]
    return PlaneResection(
        point_lps_mm=tuple(labels.geometry.lps_from_index(ijk)), normal_lps=tuple(random.normal(size=3))
    )


def times_ms(work: Callable[[ResectionPlan], object], plans: list[ResectionPlan]) -> NDArray[np.float64]:
    """Wall time of each call."""
    spent = []
    for plan in plans:
        start = time.perf_counter()
        work(plan)
        spent.append(1000.0 * (time.perf_counter() - start))
    return np.array(spent)


def check_equality(labels: LabelVolume, evaluator: PlanEvaluator, plans: list[ResectionPlan]) -> None:
    """Exits with an error if one structure differs by one voxel."""
    for plan in plans:
        _, resected = count_every_voxel(labels, plan)
        for value, remnant, total in zip(*evaluator.count_by_value(plan), strict=True):
            if total - remnant != resected[value]:
                raise SystemExit(f"label {value}: {total - remnant} resected, counting says {resected[value]}")


def measure(labels: LabelVolume, plans_wanted: int) -> dict[str, object]:
    """All figures of one label volume."""
    warm_up()
    start = time.perf_counter()
    evaluator = PlanEvaluator(labels)
    build_ms = 1000.0 * (time.perf_counter() - start)
    random = np.random.default_rng(7)
    planes = [random_plane(labels, random) for _ in range(plans_wanted)]
    single = [ResectionPlan(resections=(plane,)) for plane in planes]
    double = [ResectionPlan(resections=pair) for pair in zip(planes[::2], planes[1::2], strict=False)]
    check_equality(labels, evaluator, single[:8] + double[:4])
    runs = {
        "count_plane": times_ms(evaluator.count_by_value, single),
        "answer_plane": times_ms(lambda plan: evaluator.evaluate(plan, details=False), single),
        "answer_plane_with_vessels": times_ms(evaluator.evaluate, single),
        "count_two_planes": times_ms(evaluator.count_by_value, double),
        "answer_two_planes_with_vessels": times_ms(evaluator.evaluate, double),
        "numpy_counting": times_ms(lambda plan: count_by_plain_numpy(labels, plan), single[:5]),
    }
    medians = {name: float(np.median(spent)) for name, spent in runs.items()}
    return {
        "shape_kji": labels.geometry.shape_kji,
        "label_values": len(np.unique(labels.labels)) - 1,
        "equal_to_counting": True,
        "tables_mb": evaluator.table_bytes / 1e6,
        "build_ms": build_ms,
        "median_ms": medians,
        "p99_ms": {name: float(np.quantile(spent, 0.99)) for name, spent in runs.items()},
        "numpy_over_count_plane": medians["numpy_counting"] / medians["count_plane"],
    }


def count_by_plain_numpy(labels: LabelVolume, plan: ResectionPlan) -> NDArray[np.int64]:
    """The quickest plain NumPy counting known: broadcast signs of one plane, then one bincount."""
    k, j, i = np.ogrid[tuple(slice(0, n) for n in labels.geometry.shape_kji)]
    a_i, a_j, a_k, b = plane_coefficients(plan, labels.geometry)[0]
    return np.bincount(labels.labels[a_i * i + (a_j * j + (a_k * k + b)) > 0.0], minlength=256)


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--labels", type=Path, help="a (k, j, i) uint8 .npy of label values instead of the solids")
    parser.add_argument("--plans", type=int, default=300)
    parser.add_argument("--organs-only", action="store_true", help="without body and bones")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.labels:
        array = np.load(arguments.labels)
        labels = LabelVolume(
            labels=array, geometry=VolumeGeometry.from_parts(shape_kji=array.shape, spacing_ijk_mm=SPACING_MM)
        )
    else:
        labels = synthetic_abdomen()
    if arguments.organs_only:
        organs = np.where(np.isin(labels.labels, (13, 14)), 0, labels.labels).astype(np.uint8)
        labels = LabelVolume(labels=organs, geometry=labels.geometry)
    figures = measure(labels, arguments.plans)
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
