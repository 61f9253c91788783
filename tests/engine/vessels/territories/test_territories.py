"""Territories of straight tubes, whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.anatomy import PARENCHYMA
from engine.geometry import VolumeGeometry
from engine.vessel_tree import VesselBranch, VesselTrees
from engine.vessels.territories import WorkingGrid, grow_territory, rival_distance_mm, working_grid_of
from engine.volume import LabelVolume

SPACING_MM = 1.5
SHAPE_KJI = (30, 50, 60)

CELL_MM = 1.5
MARCHING_MM = 1.0


def tube(number: int, start: NDArray[np.float64], end: NDArray[np.float64], radius_mm: float) -> VesselBranch:
    """A straight branch of the portal tree, a root."""
    return VesselBranch(
        number=number,
        kind="portal",
        parent=0,
        points_lps_mm=np.linspace(start, end, 12),
        radii_mm=np.full(12, radius_mm),
    )


def block(direction: NDArray[np.float64] | None = None, fissure: bool = False) -> LabelVolume:
    """A block of liver, cut by a fissure from the top nearly to the bottom where asked."""
    labels = np.zeros(SHAPE_KJI, dtype=np.uint8)
    labels[2:-2, 2:-2, 2:-2] = PARENCHYMA
    if fissure:
        labels[2:-2, 2:40, 28:32] = 0
    geometry = VolumeGeometry.from_parts(
        shape_kji=SHAPE_KJI, spacing_ijk_mm=(SPACING_MM,) * 3, origin_lps_mm=(-40, 12, 7), direction=direction
    )
    return LabelVolume(labels=labels, geometry=geometry)


def grid_of(labels: LabelVolume) -> WorkingGrid:
    """The working grid of a block that has a liver."""
    grid = working_grid_of(labels)
    assert grid is not None
    return grid


def upright_tubes(geometry: VolumeGeometry, columns: tuple[tuple[float, float, float], ...]) -> VesselTrees:
    """Tubes along k at voxel columns (i, j) with their radii in mm."""
    return VesselTrees(
        branches=tuple(
            tube(n, geometry.lps_from_index((i, j, -5)), geometry.lps_from_index((i, j, 40)), radius)
            for n, (i, j, radius) in enumerate(columns, start=1)
        )
    )


OBLIQUE = np.linalg.qr(np.array([[1.0, 0.3, 0.1], [-0.2, -1.0, 0.3], [0.1, 0.2, 1.0]]))[0]


@pytest.mark.parametrize("direction", [None, np.diag([-1.0, -1.0, 1.0]), OBLIQUE])
def test_wall_distance_of_parallel_tubes_decides(direction: NDArray[np.float64] | None) -> None:
    labels = block(direction)
    grid = grid_of(labels)
    columns = ((15.0, 25.0, 6.0), (45.0, 25.0, 1.0))
    territory = grow_territory(upright_tubes(labels.geometry, columns), "portal", grid)
    ijk = labels.geometry.index_from_lps(grid.points_lps_mm())
    walls = np.array([np.hypot(ijk[:, 0] - i, ijk[:, 1] - j) * SPACING_MM - r for i, j, r in columns])
    clear = np.abs(walls[0] - walls[1]) > MARCHING_MM
    found = territory.branch[grid.inside > 0]
    assert clear.mean() > 0.9
    assert np.array_equal(found[clear], np.argmin(walls, axis=0)[clear] + 1)
    distance = territory.distance_mm[grid.inside > 0]
    assert np.abs(distance - np.maximum(walls.min(axis=0), 0)).max() < CELL_MM


def test_territory_goes_around_a_fissure() -> None:
    labels = block(fissure=True)
    grid = grid_of(labels)
    # The second tube is next to the fissure; the first far away, but on the same side as the voxels asked for.
    territory = grow_territory(upright_tubes(labels.geometry, ((5.0, 10.0, 1.0), (34.0, 10.0, 1.0))), "portal", grid)
    ijk = np.rint(labels.geometry.index_from_lps(grid.points_lps_mm())).astype(int)
    beside = (ijk[:, 0] < 28) & (ijk[:, 1] < 12)
    assert set(territory.branch[grid.inside > 0][beside]) == {1}


def test_distance_to_the_rival_is_that_of_the_other_tube() -> None:
    labels = block()
    grid = grid_of(labels)
    columns = ((15.0, 25.0, 3.0), (45.0, 25.0, 1.0))
    territory = grow_territory(upright_tubes(labels.geometry, columns), "portal", grid)
    rival = rival_distance_mm(territory.branch, territory.distance_mm, CELL_MM)[grid.inside > 0]
    ijk = labels.geometry.index_from_lps(grid.points_lps_mm())
    walls = np.array([np.hypot(ijk[:, 0] - i, ijk[:, 1] - j) * SPACING_MM - r for i, j, r in columns])
    assert np.abs(rival - walls.max(axis=0)).max() < 2 * CELL_MM


def test_one_tube_has_no_rival() -> None:
    labels = block()
    grid = grid_of(labels)
    territory = grow_territory(upright_tubes(labels.geometry, ((15.0, 25.0, 3.0),)), "portal", grid)
    assert np.isinf(rival_distance_mm(territory.branch, territory.distance_mm, CELL_MM)).all()


def test_without_a_tree_nothing_has_a_branch() -> None:
    labels = block()
    grid = grid_of(labels)
    assert not grow_territory(VesselTrees(branches=()), "hepatic", grid).branch.any()


def test_speck_apart_from_every_vessel_takes_the_nearest_territory_at_infinite_distance() -> None:
    labels = block()
    labels.labels[:, :, 31:] = 0
    labels.labels[10:14, 10:14, 55:58] = PARENCHYMA
    grid = grid_of(labels)
    territory = grow_territory(upright_tubes(labels.geometry, ((15.0, 25.0, 3.0),)), "portal", grid)
    assert (territory.branch[grid.inside > 0] == 1).all()
    assert np.isinf(territory.distance_mm[grid.inside > 0]).sum() > 10
