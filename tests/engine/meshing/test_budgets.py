"""How many triangles a surface may have, and what it costs to have fewer."""

from __future__ import annotations

import numpy as np
import pytest

from engine.anatomy import LIVER, structure_named
from engine.meshing import MeshBudgets, build_mesh_levels, surface_report
from engine.meshing.budgets import budgets_for
from engine.meshing.isosurface import finest_surface
from engine.meshing.levels import levels_of

SPLEEN = structure_named("spleen")
ORGAN_TOLERANCE = 0.005


def test_the_finest_level_keeps_its_budget(labelled, straight, ball, assert_sound) -> None:
    geometry = straight((60, 60, 60), (0.5, 0.5, 0.5))
    mask, _ = ball(geometry, 13.0)
    levels = build_mesh_levels(labelled(mask, geometry), SPLEEN, budgets=MeshBudgets(finest_triangles=3000))
    assert_sound(levels)
    assert len(levels[0].faces) <= 3750


def test_a_surface_above_its_budget_has_an_error_at_its_finest_level_too(
    straight, ball, voxel_volume_ml, assert_sound
) -> None:
    geometry = straight((60, 60, 60), (0.5, 0.5, 0.5))
    mask, _ = ball(geometry, 13.0)
    surface = finest_surface(mask, geometry, MeshBudgets())
    assert len(surface[1]) > 12_000
    levels = levels_of(surface, SPLEEN, budgets=MeshBudgets(finest_triangles=3000))
    assert_sound(levels)
    assert len(levels[0].faces) <= 3000
    assert 0.0 < levels[0].error_mm < levels[1].error_mm
    for level in levels:
        assert level.max_error_mm is not None
        assert level.error_mm <= level.max_error_mm < 1.0
        assert level.volume_ml == pytest.approx(voxel_volume_ml(mask, geometry), rel=ORGAN_TOLERANCE)


def test_an_island_that_a_coarse_level_drops_shows_in_its_largest_error(straight, assert_sound) -> None:
    geometry = straight((60, 60, 400), (0.5, 0.5, 0.5))
    mask = np.zeros(geometry.shape_kji, dtype=bool)
    mask[5:45, 5:45, 5:45] = True
    # Two hundred voxels, the last 150 mm away: four triangles each are more than the coarse level has.
    mask[10:50:10, 10:60:10, 60:360:30] = True
    surface = finest_surface(mask, geometry, MeshBudgets(detail_mm=0.01))
    levels = levels_of(surface, SPLEEN, budgets=MeshBudgets(reductions=(1.0, 0.01), coarsest_triangles=40))
    assert_sound(levels)
    assert surface_report(levels[0]).components == 201
    assert surface_report(levels[1]).components == 1
    assert levels[1].max_error_mm is not None
    assert levels[1].max_error_mm > 130.0


def test_context_is_cheaper_than_what_is_planned_with() -> None:
    assert budgets_for(structure_named("bones")).finest_triangles < budgets_for(LIVER).finest_triangles


@pytest.mark.parametrize("reductions", [(), (0.5,), (1.0, 1.0), (1.0, 0.5, 0.6), (1.0, 0.0)])
def test_budgets_that_do_not_fall_are_refused(reductions: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="reduction"):
        MeshBudgets(reductions=reductions)
