"""A liver whose numbers can be worked out by hand: an ellipsoid of 2 mm voxels with balls for tumours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.proposals import Constraints, Problem
from engine.resection import PlanEvaluator
from engine.vessel_tree import VesselBranch, VesselKind, VesselTrees
from engine.volume import LabelVolume, box_of

Point = tuple[float, float, float]
HALF_AXES_MM = np.array([80.0, 60.0, 50.0])


def ellipsoid_liver(*tumours: tuple[Point, float], direction: np.ndarray | None = None) -> LabelVolume:
    """Centred on LPS (0, 0, 0); tumours as (centre_lps_mm, radius_mm)."""
    shape_kji = (60, 70, 90)
    spacing = np.array([2.0, 2.0, 2.0])
    axes = np.eye(3) if direction is None else direction
    origin = -(axes * spacing) @ ((np.array(shape_kji[::-1]) - 1) / 2)
    geometry = VolumeGeometry.from_parts(
        shape_kji=shape_kji, spacing_ijk_mm=spacing, origin_lps_mm=origin, direction=axes
    )
    k, j, i = np.meshgrid(*(np.arange(n) for n in shape_kji), indexing="ij")
    points = geometry.lps_from_index(np.stack([i, j, k], axis=-1))
    labels = np.zeros(shape_kji, dtype=np.uint8)
    labels[(((points / HALF_AXES_MM) ** 2).sum(axis=-1)) <= 1.0] = anatomy.PARENCHYMA
    for number, (centre, radius_mm) in enumerate(tumours):
        labels[np.linalg.norm(points - np.array(centre), axis=-1) <= radius_mm] = anatomy.FIRST_TUMOUR + number
    return LabelVolume(labels=labels, geometry=geometry)


@pytest.fixture
def one_tumour() -> LabelVolume:
    """A 12 mm ball in the patient's left tip."""
    return ellipsoid_liver(((55.0, 0.0, 0.0), 12.0))


@pytest.fixture
def two_sides() -> LabelVolume:
    """Two balls at either end, which one plane cannot take without half the liver."""
    return ellipsoid_liver(((55.0, 0.0, 0.0), 10.0), ((-50.0, 10.0, 5.0), 10.0))


def simple_trees() -> VesselTrees:
    """Both trees as straight lines from the middle to the left and right tips: 1-3 portal, 4-6 hepatic."""
    return VesselTrees(
        branches=(
            _branch(1, "portal", 0, ((0.0, 50.0, -20.0), (0.0, 10.0, -5.0)), "main"),
            _branch(2, "portal", 1, ((0.0, 10.0, -5.0), (70.0, 0.0, 0.0)), "left"),
            _branch(3, "portal", 1, ((0.0, 10.0, -5.0), (-70.0, 0.0, 0.0)), "right"),
            _branch(4, "hepatic", 0, ((0.0, 15.0, 48.0), (0.0, 10.0, 20.0)), "common_trunk"),
            _branch(5, "hepatic", 4, ((0.0, 10.0, 20.0), (65.0, 0.0, 12.0)), "left"),
            _branch(6, "hepatic", 4, ((0.0, 10.0, 20.0), (-65.0, 0.0, 12.0)), "right"),
        )
    )


def simple_map(labels: LabelVolume) -> LiverMap:
    """Territories and segments by the patient's left alone: II beyond 40 mm, IVa to 10, I, V to -40, VII beyond."""
    liver = labels.mask_of(anatomy.LIVER_VALUES)
    box = box_of(liver)
    assert box is not None
    k, j, i = np.meshgrid(*(np.arange(part.start, part.stop) for part in box), indexing="ij")
    left_mm = labels.geometry.lps_from_index(np.stack([i, j, k], axis=-1))[..., 0]
    inside = liver[box]
    side = np.select([left_mm > 10.0, left_mm < -10.0], [1, 2], 0)
    segment = np.select([left_mm > 40.0, left_mm > 10.0, left_mm > -10.0, left_mm > -40.0], [2, 4, 1, 6], 8)
    return LiverMap(
        box=box,
        portal_branch=np.where(inside, 1 + side, 0).astype(np.uint16),
        hepatic_branch=np.where(inside, 4 + side, 0).astype(np.uint16),
        segment=np.where(inside, segment, 0).astype(np.uint8),
        uncertain=np.zeros(inside.shape, dtype=np.uint8),
    )


def _branch(number: int, kind: VesselKind, parent: int, line: tuple[Point, Point], name: str) -> VesselBranch:
    start, end = np.array(line[0]), np.array(line[1])
    points = start + np.linspace(0.0, 1.0, 40)[:, None] * (end - start)
    return VesselBranch(
        number=number, kind=kind, parent=parent, points_lps_mm=points, radii_mm=np.full(40, 4.0), name=name
    )


@pytest.fixture
def mapped(one_tumour: LabelVolume) -> Problem:
    """The left tip's tumour with trees and map."""
    return _problem(one_tumour)


@pytest.fixture
def mapped_both() -> Problem:
    """A tumour in II and one in VII, with trees and map."""
    return _problem(ellipsoid_liver(((60.0, 0.0, 0.0), 8.0), ((-55.0, 10.0, 5.0), 8.0)))


@pytest.fixture
def mapped_hilum() -> Problem:
    """A tumour where both trees divide, with trees and map."""
    return _problem(ellipsoid_liver(((0.0, 10.0, 5.0), 12.0)))


@pytest.fixture
def mapped_portal_only(one_tumour: LabelVolume) -> Problem:
    """The left tip's tumour with a portal tree alone."""
    liver_map = simple_map(one_tumour)
    no_branch = np.zeros_like(liver_map.hepatic_branch)
    portal = VesselTrees(branches=simple_trees().of_kind("portal"))
    return _problem(one_tumour, portal, replace(liver_map, hepatic_branch=no_branch))


def _problem(labels: LabelVolume, trees: VesselTrees | None = None, liver_map: LiverMap | None = None) -> Problem:
    trees, liver_map = trees or simple_trees(), liver_map or simple_map(labels)
    return Problem(
        evaluator=PlanEvaluator(labels, trees=trees, liver_map=liver_map),
        labels=labels,
        trees=trees,
        liver_map=liver_map,
        constraints=Constraints(margin_mm=5.0),
    )


@pytest.fixture
def plain(two_sides: LabelVolume) -> Problem:
    """Tumours at both ends, without vessels."""
    return Problem(
        evaluator=PlanEvaluator(two_sides),
        labels=two_sides,
        trees=None,
        liver_map=None,
        constraints=Constraints(margin_mm=5.0),
    )
