"""Sizes of tumours: ellipsoids of known axes on upright, sheared-off and oblique grids."""

from __future__ import annotations

import numpy as np
import pytest

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.tumours import measure_tumours
from engine.tumours.measures import axial_axis
from engine.volume import LabelVolume

AXES_MM = np.array([16.0, 10.0, 7.0])
"""Half axes of the ellipsoid along patient x, y, z."""


def turned(degrees: float, axis: int) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    a, b = [(1, 2), (2, 0), (0, 1)][axis]
    matrix = np.eye(3)
    matrix[[a, a, b, b], [a, b, a, b]] = (c, -s, s, c)
    return matrix


def ellipsoid(direction: np.ndarray, spacing_ijk_mm=(0.8, 0.8, 1.5), in_plane_deg: float = 0.0) -> LabelVolume:
    """The ellipsoid on a grid of this direction, itself turned about the patient's long axis."""
    shape = tuple(round(44.0 / step) for step in spacing_ijk_mm[::-1])
    matrix = np.eye(4)
    matrix[:3, :3] = direction * np.asarray(spacing_ijk_mm)
    matrix[:3, 3] = (20.0, -10.0, 300.0) - matrix[:3, :3] @ ((np.array(shape[::-1]) - 1) / 2)
    grid = VolumeGeometry(shape_kji=shape, lps_from_ijk=matrix)
    k, j, i = np.indices(shape)
    points = (grid.lps_from_index(np.stack([i, j, k], axis=-1)) - (20.0, -10.0, 300.0)) @ turned(in_plane_deg, 2)
    labels = np.where(((points / AXES_MM) ** 2).sum(axis=-1) <= 1, 101, 1).astype(np.uint8)
    return LabelVolume(labels=labels, geometry=grid)


STORED = {
    "axial": np.eye(3),
    "axial, upside down": np.diag([1.0, 1.0, -1.0]),
    "flipped sideways": np.diag([-1.0, 1.0, 1.0]),
    "coronal": np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]]),
    "sagittal": np.array([[0, 0, 1.0], [1.0, 0, 0], [0, -1.0, 0]]),
    "oblique by 40 degrees": turned(40, 0),
    "oblique twice": turned(35, 1) @ turned(-25, 0),
}


@pytest.mark.parametrize("direction", STORED.values(), ids=STORED.keys())
@pytest.mark.parametrize("in_plane_deg", [0.0, 30.0])
def test_an_ellipsoid_has_its_analytic_axes_however_it_is_stored(direction, in_plane_deg):
    labels = ellipsoid(direction, in_plane_deg=in_plane_deg)
    (tumour,) = measure_tumours(labels)
    step_mm = float(labels.geometry.spacing_ijk_mm.max())
    assert tumour.longest_axial.length_mm == pytest.approx(32.0, abs=step_mm)
    assert tumour.perpendicular_axial.length_mm == pytest.approx(20.0, abs=step_mm)
    assert tumour.volume_ml == pytest.approx(4 / 3 * np.pi * AXES_MM.prod() / 1000, rel=0.02)
    assert tumour.equivalent_diameter_mm == pytest.approx(2 * np.cbrt(AXES_MM.prod()), rel=0.01)
    assert tumour.centre_lps_mm == pytest.approx((20.0, -10.0, 300.0), abs=0.1)
    along = tumour.longest_axial.ends_lps_mm[1] - tumour.longest_axial.ends_lps_mm[0]
    assert np.linalg.norm(along) == pytest.approx(tumour.longest_axial.length_mm)
    assert abs(along[2]) < 1e-6
    assert abs(along @ turned(in_plane_deg, 2)[:, 0]) / np.linalg.norm(along) > np.cos(np.radians(15))
    across = tumour.perpendicular_axial.ends_lps_mm[1] - tumour.perpendicular_axial.ends_lps_mm[0]
    assert along @ across == pytest.approx(0.0, abs=1e-6)


def test_slices_tilted_a_little_are_measured_as_they_were_taken():
    assert axial_axis(ellipsoid(turned(12, 0)).geometry) == 0
    assert axial_axis(ellipsoid(turned(18, 0)).geometry) is None
    (tumour,) = measure_tumours(ellipsoid(turned(12, 0)))
    across_slices = np.abs((tumour.longest_axial.ends_lps_mm - (20, -10, 300)) @ turned(12, 0)[:, 2])
    assert np.ptp(across_slices) < 1e-6


def test_a_ball_of_one_voxel_is_as_long_as_the_voxel():
    labels = np.ones((5, 5, 5), np.uint8)
    labels[2, 2, 2] = 107
    geometry = VolumeGeometry.from_parts(shape_kji=labels.shape, spacing_ijk_mm=(2.0, 2.0, 3.0))
    (tumour,) = measure_tumours(LabelVolume(labels=labels, geometry=geometry))
    assert tumour.name == "tumour_07"
    assert tumour.longest_axial.length_mm == pytest.approx(2.0)
    assert tumour.volume_ml == pytest.approx(0.012)
    assert not tumour.cut_off


def test_a_tumour_at_the_scans_edge_is_said_to_be_cut_off():
    labels = np.ones((6, 9, 9), np.uint8)
    labels[:3, 3:6, 3:6] = anatomy.FIRST_TUMOUR
    labels[4:5, 3:6, 3:6] = anatomy.FIRST_TUMOUR + 1
    geometry = VolumeGeometry.from_parts(shape_kji=labels.shape, spacing_ijk_mm=(1.0, 1.0, 1.0))
    assert [t.cut_off for t in measure_tumours(LabelVolume(labels=labels, geometry=geometry))] == [True, False]


def test_islands_within_one_slice_are_not_measured_across_the_gap():
    labels = np.ones((4, 12, 40), np.uint8)
    labels[1, 3:9, 4:10] = labels[1, 3:9, 28:34] = 101
    labels[2, 5:7, 4:34] = 1
    geometry = VolumeGeometry.from_parts(shape_kji=labels.shape, spacing_ijk_mm=(1.0, 1.0, 1.0))
    (tumour,) = measure_tumours(LabelVolume(labels=labels, geometry=geometry))
    assert tumour.longest_axial.length_mm < 9.0


def test_a_liver_without_tumours_has_no_measures():
    labels = ellipsoid(np.eye(3))
    none = LabelVolume(labels=np.ones_like(labels.labels), geometry=labels.geometry)
    assert measure_tumours(none) == ()
