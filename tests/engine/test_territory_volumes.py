import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.liver_map import LiverMap
from engine.territory_volumes import territory_volumes
from engine.vessel_tree import VesselBranch, VesselTrees

LINE = np.array([[0.0, 0, 0], [1, 1, 1]])


def trees_of(parents, kinds):
    return VesselTrees(
        branches=tuple(
            VesselBranch(number=n + 1, kind=kind, parent=parent, points_lps_mm=LINE, radii_mm=np.ones(2))
            for n, (parent, kind) in enumerate(zip(parents, kinds, strict=True))
        )
    )


def map_of(portal, hepatic, uncertain=None):
    portal = np.array(portal, np.uint16).reshape(1, 1, -1)
    return LiverMap(
        box=(slice(0, 1), slice(0, 1), slice(0, portal.shape[2])),
        portal_branch=portal,
        hepatic_branch=np.array(hepatic, np.uint16).reshape(1, 1, -1),
        segment=np.ones(portal.shape, np.uint8),
        uncertain=np.zeros(portal.shape, np.uint8)
        if uncertain is None
        else np.array(uncertain, np.uint8).reshape(1, 1, -1),
    )


def test_a_branch_has_its_own_voxels_and_those_of_all_that_leaves_it():
    trees = trees_of([0, 0, 1, 1, 3], ["portal", "hepatic", "portal", "portal", "portal"])
    found = territory_volumes(
        trees, map_of([1, 3, 3, 5, 4, 0], [2, 2, 2, 2, 2, 0], [0, 255, 0, 255, 0, 0]), voxel_volume_ml=0.5
    )
    assert [(one.own_ml, one.with_tributaries_ml, one.uncertain_ml) for one in found] == [
        (0.5, 2.5, 1.0),
        (2.5, 2.5, 1.0),
        (1.0, 1.5, 1.0),
        (0.5, 0.5, 0.0),
        (0.5, 0.5, 0.5),
    ]


@settings(max_examples=50)
@given(st.data())
def test_the_roots_of_a_tree_add_up_to_the_liver_it_reaches(data):
    parents = [0] + [data.draw(st.integers(0, n)) for n in range(1, 8)]
    trees = trees_of(parents, ["portal"] * 8)
    portal = data.draw(st.lists(st.integers(0, 8), min_size=1, max_size=60))
    found = territory_volumes(trees, map_of(portal, [0] * len(portal)), voxel_volume_ml=0.25)
    roots = sum(one.with_tributaries_ml for one in found if parents[one.branch - 1] == 0)
    assert roots == pytest.approx(0.25 * np.count_nonzero(portal))
    assert sum(one.own_ml for one in found) == pytest.approx(roots)
