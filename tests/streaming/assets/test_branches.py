"""Branches as a client lists and picks them: whose liver, which colour, which line."""

from __future__ import annotations

import numpy as np
import pytest

from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.vessel_tree import VesselBranch, VesselTrees
from streaming.assets.branches import LINE_TOLERANCE_MM, branch_assets, branch_title
from streaming.protocol import BranchAsset

GEOMETRY = VolumeGeometry.from_parts(shape_kji=(1, 1, 10), spacing_ijk_mm=(10, 10, 10))


def _branch(number: int, parent: int, points: list[list[float]], *, kind: str = "portal", name: str = ""):
    return VesselBranch(
        number=number,
        kind=kind,
        parent=parent,
        points_lps_mm=np.array(points, float),
        radii_mm=np.full(len(points), 1.5),
        name=name,
    )


def _assets() -> tuple[BranchAsset, ...]:
    line = [[0.0, 0, 0], [1, 0, 0]]
    trees = VesselTrees(
        branches=(
            _branch(1, 0, line, name="main"),
            _branch(2, 1, line, name="left"),
            _branch(3, 1, line, name="segment_8"),
            _branch(4, 0, line, kind="hepatic", name="middle"),
        )
    )
    portal = np.array([[[0, 1, 2, 2, 2, 3, 3, 3, 3, 3]]], np.uint16)
    hepatic = np.where(portal > 0, 4, 0).astype(np.uint16)
    liver_map = LiverMap(
        box=(slice(0, 1), slice(0, 1), slice(0, 10)),
        portal_branch=portal,
        hepatic_branch=hepatic,
        segment=(portal > 0).astype(np.uint8),
        uncertain=np.zeros(portal.shape, np.uint8),
    )
    return branch_assets(trees, liver_map, GEOMETRY.voxel_volume_ml)


def test_a_branch_serves_its_own_liver_and_its_territory_holds_all_that_leaves_it() -> None:
    assets = _assets()
    assert [one.volume_ml for one in assets] == [1.0, 3.0, 5.0, 9.0]
    assert [one.territory_ml for one in assets] == [9.0, 3.0, 5.0, 9.0]
    assert [one.parent for one in assets] == [None, 1, 1, None]
    assert [one.calibre_mm for one in assets] == [3.0] * 4


def test_no_two_branches_share_a_colour() -> None:
    colours = [one.colour for one in _assets()]
    assert len(set(colours)) == len(colours)


@pytest.mark.parametrize(
    ("kind", "name", "title"),
    [
        ("portal", "anterior", "Right anterior portal vein"),
        ("portal", "segment_8", "Portal branch of segment VIII"),
        ("portal", "", "Portal branch"),
        ("hepatic", "middle", "Middle hepatic vein"),
        ("hepatic", "", "Hepatic vein branch"),
    ],
)
def test_a_branch_is_called_by_what_it_is(kind: str, name: str, title: str) -> None:
    assert branch_title(kind, name) == title


def test_a_thinned_line_keeps_its_ends_and_strays_no_further_than_it_may() -> None:
    angle = np.linspace(0, np.pi, 90)
    points = np.stack([20 * np.cos(angle), 20 * np.sin(angle), np.linspace(0, 30, 90)], axis=1)
    trees = VesselTrees(branches=(_branch(1, 0, points.tolist()),))
    nothing = np.zeros((1, 1, 10), np.uint16)
    liver_map = LiverMap(
        box=(slice(0, 1), slice(0, 1), slice(0, 10)),
        portal_branch=nothing,
        hepatic_branch=nothing,
        segment=nothing.astype(np.uint8),
        uncertain=nothing.astype(np.uint8),
    )
    (asset,) = branch_assets(trees, liver_map, 1.0)
    line = np.array(asset.line_lps_mm)
    assert 2 < len(line) < 30
    assert np.abs(line[[0, -1]] - points[[0, -1]]).max() <= 0.05 + 1e-9
    for point in points:
        starts, along = line[:-1], np.diff(line, axis=0)
        place = np.clip(((point - starts) * along).sum(axis=1) / (along**2).sum(axis=1), 0, 1)
        nearest = np.linalg.norm(starts + place[:, None] * along - point, axis=1).min()
        assert nearest <= LINE_TOLERANCE_MM + 0.1, "half a millimetre, and the rounding to a tenth"
