"""What plans are worth by samples, beside counting every voxel."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from engine.anatomy import LIVER_VALUES
from engine.geometry import VolumeGeometry
from engine.proposals import Problem
from engine.proposals.coarse import Samples
from engine.proposals.lattice import Lattice
from engine.proposals.planes import clearing_planes, directions
from engine.proposals.scene import scene_of
from engine.resection import PlanEvaluator, ResectionPlan, TerritoryResection
from engine.volume import LabelVolume


def _samples(problem: Problem, spared: frozenset[int] = frozenset()) -> Samples:
    scene = scene_of(problem.labels, problem.constraints)
    return Samples(scene, problem.labels, problem.trees, problem.liver_map, spared)


@pytest.mark.parametrize("vessels", [True, False])
def test_samples_come_near_to_counting_every_voxel(mapped: Problem, vessels: bool) -> None:
    problem = mapped if vessels else replace(mapped, trees=None, liver_map=None)
    planes = clearing_planes(scene_of(problem.labels, problem.constraints), directions(30), 5.0)
    samples = _samples(problem)
    estimates = samples.rate(samples.taken_by(np.stack([one.form for one in planes])))
    for n, plane in enumerate(planes):
        answer = problem.evaluator.evaluate(plane.plan())
        assert answer.function is not None
        flr = answer.function.flr if vessels else answer.flr
        assert flr is not None
        assert estimates.remnant_percent[n] == pytest.approx(flr.percent, abs=1.0)
        assert answer.cut_area_mm2 is not None
        assert estimates.cut_area_mm2[n] == pytest.approx(answer.cut_area_mm2, rel=0.08, abs=200.0)
        calibre_mm = sum(branch.calibre_mm for branch in answer.function.cut_branches or ())
        assert estimates.cut_calibre_mm[n] == pytest.approx(calibre_mm if vessels else 0.0, abs=0.5)
        assert answer.margins[0].minimum_mm is not None
        assert estimates.margin_mm[n] >= answer.margins[0].minimum_mm


def test_a_cut_through_what_is_spared_is_told(mapped: Problem) -> None:
    planes = clearing_planes(scene_of(mapped.labels, mapped.constraints), directions(30), 5.0)
    samples = _samples(mapped, frozenset({3, 6}))
    spoilt = samples.rate(samples.taken_by(np.stack([one.form for one in planes]))).spoilt
    for told, plane in zip(spoilt, planes, strict=True):
        _, function = mapped.evaluator.remnants(plane.plan())
        assert function is not None
        assert told == bool({3, 6} & set(function.severed_branches))
    assert 0 < np.count_nonzero(spoilt) < len(spoilt)


@pytest.mark.parametrize("across", [(1.0, 0.0, 0.0), (1.0, 1.0, 0.0), (1.0, 1.0, 1.0), (0.3, -0.8, 0.5)])
def test_the_area_of_a_territory_by_samples_is_what_counting_finds(
    mapped: Problem, across: tuple[float, float, float]
) -> None:
    # Segments II and III apart by an oblique plane: by their voxels' faces its area would be up to 1.7 times as large.
    assert mapped.liver_map is not None
    liver, geometry = mapped.labels.mask_of(LIVER_VALUES), mapped.labels.geometry
    k, j, i = np.indices(liver.shape)
    beyond = geometry.lps_from_index(np.stack([i, j, k], axis=-1)) @ np.array(across) > 6.0
    segment = np.where(liver, 2 + beyond, 0).astype(np.uint8)[mapped.liver_map.box]
    liver_map = replace(mapped.liver_map, segment=segment)
    problem = replace(
        mapped,
        liver_map=liver_map,
        evaluator=PlanEvaluator(mapped.labels, trees=mapped.trees, liver_map=liver_map),
    )
    plan = ResectionPlan(resections=(TerritoryResection(segments=(3,)),))
    samples = _samples(problem)
    taken = samples.taken_by_territory(problem.evaluator.sides(plan).signed(samples.points_lps_mm))
    by_samples = samples.rate(taken[None]).cut_area_mm2[0]
    assert by_samples == pytest.approx(problem.evaluator.evaluate(plan).cut_area_mm2, rel=0.08)


@pytest.mark.parametrize("turn_degrees", [0.0, 20.0])
def test_the_area_between_neighbours_is_that_of_the_surface(turn_degrees: float) -> None:
    # A cube of liver of 60 mm; a ball of 20 mm in it has 4 pi r^2, whatever the grid's directions.
    turn = math.radians(turn_degrees)
    direction = np.array(
        [[math.cos(turn), -math.sin(turn), 0.0], [math.sin(turn), math.cos(turn), 0.0], [0.0, 0.0, -1.0]]
    )
    geometry = VolumeGeometry.from_parts(
        shape_kji=(20, 40, 60), spacing_ijk_mm=(1.0, 1.5, 3.0), direction=direction, origin_lps_mm=(5.0, -7.0, 9.0)
    )
    labels = LabelVolume(labels=np.ones((20, 40, 60), dtype=np.uint8), geometry=geometry)
    lattice = Lattice.of(labels)
    centre = lattice.points_lps_mm[: lattice.inside].mean(axis=0)
    taken = np.linalg.norm(lattice.points_lps_mm - centre, axis=1) < 20.0
    area = lattice.weights_mm2[taken[lattice.pairs[:, 0]] != taken[lattice.pairs[:, 1]]].sum()
    assert area == pytest.approx(4.0 * math.pi * 20.0**2, rel=0.05)
