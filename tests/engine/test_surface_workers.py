import numpy as np
import pytest

from engine import anatomy
from engine.anatomy import LIVER, structure_named
from engine.errors import OperationCancelledError
from engine.geometry import VolumeGeometry
from engine.meshing import build_mesh_levels
from engine.surface_workers import MANY_PIECES, build_surfaces
from engine.volume import LabelVolume

GEOMETRY = VolumeGeometry.from_parts(shape_kji=(14, 16, 18), spacing_ijk_mm=(2, 2, 3), origin_lps_mm=(5, 6, 7))
SPLEEN, STOMACH = structure_named("spleen"), structure_named("stomach")


@pytest.fixture
def labels():
    values = np.zeros(GEOMETRY.shape_kji, np.uint8)
    values[3:11, 3:12, 3:9] = anatomy.PARENCHYMA
    values[3:8, 3:12, 11:15] = anatomy.SPLEEN
    return LabelVolume(labels=values, geometry=GEOMETRY)


def test_threads_build_the_same_levels_as_one_structure_at_a_time(labels):
    built = {s.structure.name: s for s in build_surfaces(labels, (LIVER, SPLEEN))}
    assert set(built) == {"liver", "spleen"}
    for structure in (LIVER, SPLEEN):
        alone = build_mesh_levels(labels, structure)
        assert built[structure.name].pieces == 1
        assert built[structure.name].remarks == ()
        for one, other in zip(built[structure.name].levels, alone, strict=True):
            assert np.array_equal(one.vertices_lps_mm, other.vertices_lps_mm)
            assert np.array_equal(one.faces, other.faces)


def test_a_structure_without_voxels_is_a_problem_of_its_own(labels):
    built = {s.structure.name: s for s in build_surfaces(labels, (LIVER, STOMACH, SPLEEN))}
    assert built["liver"].levels and built["spleen"].levels
    assert built["stomach"].levels == ()
    assert built["stomach"].remarks == ("Stomach is measured but not shown: It has no voxels.",)


def test_many_islands_are_told_and_drawn():
    geometry = VolumeGeometry.from_parts(shape_kji=(30, 40, 40), spacing_ijk_mm=(1, 1, 1))
    values = np.zeros(geometry.shape_kji, np.uint8)
    values[1::3, 1::3, 1::3] = anatomy.SPLEEN
    (spleen,) = build_surfaces(LabelVolume(labels=values, geometry=geometry), (SPLEEN,))
    islands = np.count_nonzero(values)
    assert spleen.pieces == islands > MANY_PIECES
    assert str(islands) in spleen.remarks[0]
    assert spleen.levels[0].volume_ml == pytest.approx(islands / 1000, rel=0.005)


@pytest.mark.parametrize(("gap", "undrawn"), [(2, 3), (6, 0)])
def test_specks_that_smoothing_takes_away_are_told(gap, undrawn):
    geometry = VolumeGeometry.from_parts(shape_kji=(50, 60, 80), spacing_ijk_mm=(1, 1, 1))
    k, j, i = np.indices(geometry.shape_kji)
    ball = (k - 25) ** 2 + (j - 30) ** 2 + (i - 30) ** 2 < 22**2
    for row in (20, 25, 30):
        ball[row, 30, np.nonzero(ball[row, 30])[0].max() + 1 + gap] = True
    labels = LabelVolume(labels=np.where(ball, np.uint8(anatomy.SPLEEN), np.uint8(0)), geometry=geometry)
    (spleen,) = build_surfaces(labels, (SPLEEN,))
    assert spleen.undrawn_islands == undrawn
    assert spleen.pieces == 4 - undrawn
    assert any("3 specks too small" in remark for remark in spleen.remarks) == (undrawn == 3)


def test_stopping_ends_it(labels):
    surfaces = build_surfaces(labels, (LIVER, SPLEEN))
    next(surfaces)
    with pytest.raises(OperationCancelledError):
        surfaces.throw(OperationCancelledError("stopped"))
    assert list(surfaces) == []
