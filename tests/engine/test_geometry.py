import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from engine.geometry import VolumeGeometry, orientation_code


@st.composite
def geometries(draw):
    angles = draw(st.tuples(*[st.floats(-180, 180)] * 3))
    direction = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()
    if draw(st.booleans()):
        direction = direction * [1, 1, -1]
    return VolumeGeometry.from_parts(
        shape_kji=draw(st.tuples(*[st.integers(1, 40)] * 3)),
        spacing_ijk_mm=draw(st.tuples(*[st.floats(0.3, 9)] * 3)),
        origin_lps_mm=draw(st.tuples(*[st.floats(-900, 900)] * 3)),
        direction=direction,
    )


indices = st.tuples(*[st.floats(-50, 600)] * 3)


@given(geometry=geometries(), ijk=indices)
def test_index_and_place_are_inverse(geometry, ijk):
    np.testing.assert_allclose(geometry.index_from_lps(geometry.lps_from_index(ijk)), ijk, atol=1e-6)


@given(geometry=geometries())
def test_parts_are_what_they_were_made_from(geometry):
    again = VolumeGeometry.from_parts(
        shape_kji=geometry.shape_kji,
        spacing_ijk_mm=geometry.spacing_ijk_mm,
        origin_lps_mm=geometry.origin_lps_mm,
        direction=geometry.direction,
    )
    assert again.matches(geometry, tolerance_mm=1e-9)
    assert again.is_right_handed == geometry.is_right_handed
    assert geometry.voxel_volume_ml == pytest.approx(np.prod(geometry.spacing_ijk_mm) / 1000)


@given(geometry=geometries(), start=st.tuples(*[st.integers(0, 9)] * 3))
def test_a_crop_leaves_every_voxel_at_its_place(geometry, start):
    cropped = geometry.cropped(start, (2, 3, 4))
    np.testing.assert_allclose(
        cropped.lps_from_index((1, 2, 0)), geometry.lps_from_index(np.add(start[::-1], (1, 2, 0))), atol=1e-9
    )


@given(geometry=geometries(), wanted=st.tuples(*[st.floats(0.5, 12)] * 3))
def test_a_resampled_grid_starts_at_the_same_outer_corner_and_covers_the_same_field(geometry, wanted):
    resampled = geometry.resampled(wanted)
    corner = geometry.lps_from_index((-0.5, -0.5, -0.5))
    np.testing.assert_allclose(resampled.lps_from_index((-0.5, -0.5, -0.5)), corner, atol=1e-6)
    extent_mm = np.array(geometry.shape_kji[::-1]) * geometry.spacing_ijk_mm
    new_extent_mm = np.array(resampled.shape_kji[::-1]) * resampled.spacing_ijk_mm
    assert (new_extent_mm >= extent_mm - 1e-4 * np.array(wanted)).all()
    assert (new_extent_mm - extent_mm <= np.array(wanted) + 1e-6).all()


@given(
    geometry=geometries(),
    point=st.tuples(*[st.floats(-500, 500)] * 3),
    normal=st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda n: np.linalg.norm(n) > 0.1),
    ijk=indices,
)
def test_a_plane_in_indices_gives_the_distance_in_millimetres(geometry, point, normal, ijk):
    coefficients, offset = geometry.plane_in_index(point, normal)
    unit = np.array(normal) / np.linalg.norm(normal)
    distance_mm = float((geometry.lps_from_index(ijk) - point) @ unit)
    assert float(coefficients @ ijk) + offset == pytest.approx(distance_mm, abs=1e-6)


@settings(max_examples=30)
@given(geometry=geometries(), shift=st.floats(0.02, 5))
def test_grids_that_differ_by_more_than_the_tolerance_do_not_match(geometry, shift):
    matrix = geometry.lps_from_ijk.copy()
    matrix[0, 3] += shift
    moved = VolumeGeometry(shape_kji=geometry.shape_kji, lps_from_ijk=matrix)
    assert not geometry.matches(moved)
    assert geometry.matches(moved, tolerance_mm=shift * 1.01)


@pytest.mark.parametrize(
    ("direction", "code"),
    [
        (np.eye(3), "LPS"),
        (np.diag([-1.0, -1.0, 1.0]), "RAS"),
        (np.diag([-1.0, 1.0, -1.0]), "RPI"),
        ([[0, 0, 1], [1, 0, 0], [0, 1, 0]], "PSL"),
    ],
)
def test_orientation_is_named_by_the_side_each_axis_grows_towards(direction, code):
    geometry = VolumeGeometry.from_parts(shape_kji=(2, 2, 2), spacing_ijk_mm=(1, 2, 3), direction=direction)
    assert orientation_code(geometry) == code


@pytest.mark.parametrize("matrix", [np.zeros((4, 4)), np.eye(3), np.full((4, 4), np.nan)])
def test_a_matrix_that_places_nothing_is_refused(matrix):
    with pytest.raises(ValueError, match="lps_from_ijk"):
        VolumeGeometry(shape_kji=(1, 1, 1), lps_from_ijk=matrix)


def test_a_geometry_cannot_be_changed_through_its_matrix():
    matrix = np.eye(4)
    geometry = VolumeGeometry(shape_kji=(1, 1, 1), lps_from_ijk=matrix)
    matrix[0, 3] = 99
    assert geometry.origin_lps_mm[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        geometry.lps_from_ijk[0, 3] = 1
