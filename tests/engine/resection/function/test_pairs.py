"""Counting by pairs of pieces against counting every voxel."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.anatomy import LIVER_VALUES
from engine.resection.counting import signed_distances_mm
from engine.resection.function.centre_lines import CentreLines, sampled_tree
from engine.resection.function.pairs import PairTable
from engine.resection.function.roots import find_roots
from engine.resection.plan import PlaneResection, ResectionPlan
from engine.resection.rows import CutRows, RowWindow
from engine.resection.sides import Sides

from .conftest import ToyLiver, _random_liver


def table_of(liver: ToyLiver) -> PairTable:
    portal, hepatic = trees_of(liver)
    return PairTable.build(liver.labels, liver.liver_map, portal, hepatic)


def trees_of(liver: ToyLiver) -> tuple[CentreLines, CentreLines]:
    portal = sampled_tree(liver.trees, "portal", find_roots(liver.trees, "portal", liver.labels))
    hepatic = sampled_tree(liver.trees, "hepatic", find_roots(liver.trees, "hepatic", liver.labels))
    return portal, hepatic


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_planes_and_rows_count_what_every_voxel_says(seed: int) -> None:
    liver = _random_liver(seed)
    rng = np.random.default_rng(seed)
    geometry = liver.labels.geometry
    middle = geometry.lps_from_index(np.array(geometry.shape_kji[::-1]) / 2.0)
    plan = ResectionPlan(
        resections=tuple(
            PlaneResection(
                point_lps_mm=tuple((middle + rng.normal(size=3) * 4.0).tolist()), normal_lps=tuple(rng.normal(size=3))
            )
            for _ in range(int(rng.integers(1, 4)))
        )
    )
    table, sides = table_of(liver), Sides(plan, geometry)
    assert sides.planes is not None
    left, taken = table.count_remnant(sides.planes), table.count_resected(sides.rows())
    np.testing.assert_array_equal(left + taken, table.totals)
    remnant = liver.labels.mask_of(LIVER_VALUES) & (signed_distances_mm(plan, geometry) <= 0.0)
    assert left.sum() == remnant.sum()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_any_cut_is_counted_by_its_rows(seed: int) -> None:
    liver = _random_liver(seed)
    table = table_of(liver)
    cut = np.random.default_rng(seed).random(liver.labels.labels.shape) < 0.5
    taken = table.count_resected(CutRows.of_mask(cut, RowWindow.whole(liver.labels.geometry)))
    portal = liver.liver_map.portal_branch
    for branch in np.unique(portal):
        here = cut & (portal == branch) & liver.labels.mask_of(LIVER_VALUES)
        pieces = 1 + np.flatnonzero(trees_of(liver)[0].piece_branch == branch) if branch else np.zeros(1)
        assert taken[np.isin(table.pairs[:, 0], pieces)].sum() == here.sum()
    assert table.totals.sum() == table.voxels == liver.labels.mask_of(LIVER_VALUES).sum()
