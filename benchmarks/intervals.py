"""How often 95 % intervals hold the true number: `python benchmarks/intervals.py [--livers N] [--json]`.

Livers of known volumes, margin and functional remnant (`engine.phantom.known_liver`) on voxels of several sizes, turned
and shifted at random. First as they are: what the voxels' size does. Then with outlines that are off by a random field
of known deviation, as a calibrated network draws them, whose errors hang together over 5, 8 and 12 mm and of which a
part is common to all of the outline. No constant of `engine.resection.confidence` was set by these livers, but the
outlines err in the form that it supposes, with the common part and (at 8 mm) the reach that it takes from two scans:
this checks its reckoning, not whether networks err so. Last, straight tubes of known calibre whose centre lines are
found as those of any vessel: the two constants of calibres were set by tubes like these, drawn by another chance.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import ndtr

from engine.anatomy import FIRST_TUMOUR, PARENCHYMA, PORTAL_VEIN
from engine.class_probability import ClassProbability
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.phantom import known_liver as known
from engine.phantom.grid import centred_geometry
from engine.resection import PlanAnswer, PlaneResection, PlanEvaluator, ResectionPlan
from engine.resection.confidence.of_the_cut import CutErrors
from engine.vessels.skeleton.build import build_skeleton
from engine.volume import LabelVolume

SPACINGS_MM: Final = ((0.8, 0.8, 1.0), (0.75, 0.75, 2.5), (0.8, 0.8, 5.0), (1.5, 1.5, 1.5))
CORRELATIONS_MM: Final = (5.0, 8.0, 12.0)
OUTLINE_MM: Final = 1.5
"""Standard deviation of where an outline is drawn."""
COMMON: Final = 0.3
FIELD_MM: Final = 2.0
TRUTH: Final = {
    ("total_ml", "liver"): known.liver_ml(),
    ("resected_ml", "liver"): known.resected_ml(),
    ("remnant_ml", "liver"): known.liver_ml() - known.resected_ml(),
    ("flr_percent", "liver"): 100.0 * (1.0 - known.resected_ml() / known.liver_ml()),
    ("functional_flr_percent", "liver"): known.functional_flr_percent(),
    ("total_ml", "tumour_01"): known.ball_ml(known.TUMOUR_RADIUS_MM),
    ("margin_mm", "tumour_01"): known.MARGIN_MM,
    ("cut_area_mm2", "liver"): np.pi * (known.RADIUS_MM**2 - known.CUT_MM**2),
}
TUBE_RADII_MM: Final = (1.5, 2.5, 4.0, 6.0)
TUBE_MM: Final = 36.0
"""Length of a tube that is looked at; it is drawn longer, as centre lines end before their vessels do."""
AROUND_TUBE_MM: Final = 70.0


def field_of(points: NDArray[np.float64], correlation_mm: float, random: np.random.Generator) -> NDArray[np.float64]:
    """(...,) normal deviates at (..., 3) points, mm, that hang together over a distance, a part of them common to all.

    Noise smoothed by a Gaussian of deviation s is correlated by exp(-d^2 / 4 s^2): 1 / e at 2 s.
    """
    low, high = (points.reshape(-1, 3).min(axis=0), points.reshape(-1, 3).max(axis=0))
    shape = np.ceil((high - low) / FIELD_MM).astype(int) + 2
    noise = ndimage.gaussian_filter(random.normal(size=shape), correlation_mm / 2.0 / FIELD_MM, mode="wrap")
    noise /= noise.std()
    at = np.moveaxis((points - low) / FIELD_MM, -1, 0)
    local = ndimage.map_coordinates(noise, at, order=1, mode="nearest")
    found: NDArray[np.float64] = np.sqrt(1.0 - COMMON**2) * local + COMMON * random.normal()
    return found


def points_of(geometry: VolumeGeometry) -> NDArray[np.float64]:
    """(k, j, i, 3) centres of voxels, LPS mm."""
    k, j, i = np.indices(geometry.shape_kji)
    return geometry.lps_from_index(np.stack([i, j, k], axis=-1))


def drawn_by_a_network(
    liver: known.KnownLiver, correlation_mm: float, random: np.random.Generator
) -> tuple[LabelVolume, ClassProbability]:
    """The liver with outlines that are off, and what a network that knows how far says of every place."""
    geometry, normal = liver.labels.geometry, np.array(liver.cut_normal_lps)
    centre = np.array(liver.cut_point_lps_mm) - known.CUT_MM * normal
    points = points_of(geometry)
    outer = np.linalg.norm(points - centre, axis=-1) - known.RADIUS_MM
    outer += OUTLINE_MM * field_of(points, correlation_mm, random)
    inner = np.linalg.norm(points - np.array(liver.tumour_centre_lps_mm), axis=-1) - known.TUMOUR_RADIUS_MM
    inner += OUTLINE_MM * field_of(points, correlation_mm, random)
    labels = np.where(outer <= 0.0, PARENCHYMA, 0).astype(np.uint8)
    labels[inner <= 0.0] = FIRST_TUMOUR
    tumour = np.rint(255.0 * ndtr(-inner / OUTLINE_MM)).astype(np.uint8)
    whole = np.maximum(np.rint(255.0 * ndtr(-outer / OUTLINE_MM)).astype(np.uint8), tumour)
    values = np.stack([255 - whole, whole - tumour, tumour])
    probability = ClassProbability(classes=("other", "liver", "tumour"), values=values, geometry=geometry)
    return LabelVolume(labels=labels, geometry=geometry), probability


def spread_out(liver_map: LiverMap) -> LiverMap:
    """The territories beyond the true liver's outline too: a drawn one may lie outside it."""
    nearest = ndimage.distance_transform_edt(liver_map.segment == 0, return_distances=False, return_indices=True)
    at = tuple(nearest)
    return replace(
        liver_map,
        portal_branch=liver_map.portal_branch[at],
        hepatic_branch=liver_map.hepatic_branch[at],
        segment=liver_map.segment[at],
    )


def answered(liver: known.KnownLiver, labels: LabelVolume, probability: ClassProbability | None) -> PlanAnswer:
    """The plane that the truth is known of."""
    evaluator = PlanEvaluator(labels, trees=liver.trees, liver_map=spread_out(liver.liver_map), probability=probability)
    plane = PlaneResection(point_lps_mm=liver.cut_point_lps_mm, normal_lps=liver.cut_normal_lps)
    return evaluator.evaluate(ResectionPlan(resections=(plane,)))


def held_by(answer: PlanAnswer) -> dict[str, bool]:
    """By number, whether its interval holds the truth."""
    assert answer.intervals is not None
    found = {}
    for (quantity, of), truth in TRUTH.items():
        interval = answer.intervals.of(quantity, of)  # type: ignore[arg-type]  # keys are quantities
        assert interval is not None, quantity
        found[f"{of} {quantity}"] = interval.low <= truth <= interval.high
    return found


def calibre_held(spacing_mm: NDArray[np.float64], random: np.random.Generator) -> dict[str, bool]:
    """By radius, whether the calibre's interval holds a straight tube's, at a place of it drawn at random."""
    shape = np.ceil(AROUND_TUBE_MM / spacing_mm).astype(int)
    geometry = centred_geometry(shape_kji=tuple(shape[::-1].tolist()), spacing_ijk_mm=tuple(spacing_mm.tolist()))
    errors = CutErrors(geometry, 0.0, 0.0, 0.0)
    points = points_of(geometry)
    points = points - points.reshape(-1, 3).mean(axis=0) - random.uniform(-2.0, 2.0, 3)
    found = {}
    for radius_mm in TUBE_RADII_MM:
        along = random.normal(size=3)
        along /= np.linalg.norm(along)
        height = points @ along
        away = np.linalg.norm(points - height[..., None] * along, axis=-1)
        labels = np.where(np.linalg.norm(points, axis=-1) < AROUND_TUBE_MM / 2.2, PARENCHYMA, 0).astype(np.uint8)
        labels[(away <= radius_mm) & (np.abs(height) < TUBE_MM / 2.0 + 8.0)] = PORTAL_VEIN
        skeleton = build_skeleton(LabelVolume(labels=labels, geometry=geometry), None)
        if skeleton is None:
            continue  # so thin, on voxels so coarse, that no vessel is seen: no calibre is told
        k, j, i = np.nonzero(labels == PORTAL_VEIN)
        middle = geometry.lps_from_index(np.stack([i, j, k], axis=1)).mean(axis=0)
        inner = np.flatnonzero(np.abs((skeleton.points_lps_mm - middle) @ along) < TUBE_MM / 2.0)
        if len(inner):
            interval = errors.calibre_mm(2.0 * float(skeleton.radii_mm[random.choice(inner)]))
            found[f"calibre of {2.0 * radius_mm:g} mm"] = interval.low <= 2.0 * radius_mm <= interval.high
    return found


def calibres(tubes: int, random: np.random.Generator) -> dict[str, dict[str, float]]:
    """Per cent of tubes whose interval holds the truth, by voxel size and calibre."""
    found = {}
    for spacing in SPACINGS_MM:
        held: dict[str, list[bool]] = defaultdict(list)
        for _ in range(tubes):
            for name, holds in calibre_held(np.array(spacing), random).items():
                held[name].append(holds)
        found[f"tubes on voxels of {spacing} mm"] = {
            name: 100.0 * float(np.mean(ones)) for name, ones in sorted(held.items())
        }
    return found


def coverage(held: list[dict[str, bool]]) -> dict[str, float]:
    """Per cent of livers whose interval holds the truth, by number."""
    return {name: 100.0 * float(np.mean([one[name] for one in held])) for name in held[0]}


def measure(livers: int) -> dict[str, dict[str, float]]:
    """Coverage by what was varied, and of all."""
    random = np.random.default_rng(2024)
    turned = centred_geometry(shape_kji=(2, 2, 2), spacing_ijk_mm=(1.0, 1.0, 1.0)).direction
    held: dict[str, list[dict[str, bool]]] = defaultdict(list)
    for spacing in SPACINGS_MM:
        for _ in range(livers):
            seed = int(random.integers(1 << 31))
            liver = known.known_liver(np.array(spacing), turned, seed)
            held[f"voxels of {spacing} mm"].append(held_by(answered(liver, liver.labels, None)))
    for correlation_mm in CORRELATIONS_MM:
        for _ in range(livers):
            liver = known.known_liver(np.array((1.5, 1.5, 2.5)), turned, int(random.integers(1 << 31)))
            drawn = held_by(answered(liver, *drawn_by_a_network(liver, correlation_mm, random)))
            held[f"outlines {OUTLINE_MM} mm off, together over {correlation_mm:g} mm"].append(drawn)
    found = {name: {**coverage(ones), "livers": len(ones)} for name, ones in held.items()}
    return {**found, **calibres(max(livers // 3, 1), random)}


def main() -> None:
    """Prints the coverage."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--livers", type=int, default=60, help="of each kind")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = measure(arguments.livers)
    if arguments.json:
        print(json.dumps(found, indent=2))
        return
    for name, ones in found.items():
        print(name)
        for number, percent in ones.items():
            print(f"  {number}: {percent:g}")


if __name__ == "__main__":
    main()
