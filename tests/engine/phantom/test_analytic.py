"""The analytic phantoms keep their formulas on every grid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.phantom.analytic import box_phantom, sphere_phantom, two_branch_tree_phantom
from engine.phantom.grid import centred_geometry, rotation_matrix

VOLUME_TOLERANCE = 0.03


def centroid_lps(labels, values):
    mask = labels.mask_of(values)
    return labels.geometry.lps_from_index(np.argwhere(mask)[:, ::-1]).mean(axis=0)


@st.composite
def grids(draw):
    angles = [draw(st.floats(-40, 40)) for _ in range(3)]
    spacing = [draw(st.floats(1.2, 2.5)) for _ in range(3)]
    shape_kji = tuple(int(np.ceil(150 / s)) for s in spacing[::-1])
    return centred_geometry(
        shape_kji=shape_kji,
        spacing_ijk_mm=spacing,
        centre_lps_mm=(3.0, -7.0, 11.0),
        direction=rotation_matrix(angles),
        left_handed=draw(st.booleans()),
    )


@settings(max_examples=8, deadline=None)
@given(grids())
def test_sphere_volumes_and_centroids_do_not_depend_on_the_grid(geometry: VolumeGeometry):
    _, labels, truth = sphere_phantom(geometry, centre_lps_mm=(3.0, -7.0, 11.0))
    for name, tumour_or_liver in (("liver", anatomy.LIVER_VALUES), ("tumour_01", (anatomy.FIRST_TUMOUR,))):
        volume_ml = labels.mask_of(tumour_or_liver).sum() * geometry.voxel_volume_ml
        assert volume_ml == pytest.approx(truth.volumes_ml[name], rel=0.08 if name == "tumour_01" else VOLUME_TOLERANCE)
        error_mm = centroid_lps(labels, tumour_or_liver) - truth.centroids_lps_mm[name]
        assert np.abs(error_mm).max() < 0.5


def test_box_volume_is_exact_when_faces_lie_between_voxels():
    geometry = centred_geometry(shape_kji=(60, 72, 72), spacing_ijk_mm=(1.5, 1.5, 2.0))
    _, labels, truth = box_phantom(geometry, half_mm=(45.0, 30.0, 40.0))
    volume_ml = labels.mask_of(anatomy.LIVER_VALUES).sum() * geometry.voxel_volume_ml
    assert volume_ml == pytest.approx(truth.volumes_ml["liver"], rel=1e-9)


def test_box_tumour_depth_is_the_distance_between_the_surfaces():
    _, _, truth = box_phantom(half_mm=(45.0, 30.0, 40.0), tumour_offset_mm=(-20.0, 0.0, 10.0), tumour_radius_mm=8.0)
    assert truth.tumour_depth_mm == pytest.approx(min(45 - 20, 30, 40 - 10) - 8)


def test_tree_radii_obey_murrays_law_and_the_hepatic_volume_its_formula():
    geometry = centred_geometry(shape_kji=(100, 100, 120), spacing_ijk_mm=(0.8, 0.8, 0.9))
    _, labels, truth = two_branch_tree_phantom(geometry)
    trunk, right, left, _ = truth.branches
    assert trunk.radius_mm**3 == pytest.approx(right.radius_mm**3 + left.radius_mm**3)
    hepatic_ml = labels.mask_of((anatomy.HEPATIC_VEINS,)).sum() * geometry.voxel_volume_ml
    assert hepatic_ml == pytest.approx(truth.volumes_ml["hepatic_veins"], rel=0.05)


def test_tumour_outside_the_liver_is_refused():
    with pytest.raises(ValueError, match="inside the liver"):
        sphere_phantom(tumour_offset_mm=(50.0, 0.0, 0.0))


def test_scan_intensities_match_the_labels_away_from_boundaries():
    scan, labels, _ = sphere_phantom(tumour_radius_mm=0.0)
    middle = tuple(n // 2 for n in scan.geometry.shape_kji)
    assert scan.voxels_hu[middle] == 110
    assert labels.labels[middle] == anatomy.PARENCHYMA
    assert scan.voxels_hu[0, 0, 0] == -1000
