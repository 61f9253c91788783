"""Surfaces of a real patient's reference masks (3D-IRCADb-01, case 1)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.anatomy import Structure, structure_named
from engine.geometry import LPS_FROM_RAS, VolumeGeometry
from engine.meshing import build_mesh_levels, surface_report
from engine.volume import LabelVolume

REFERENCE = Path(__file__).parents[4] / "shared" / "data" / "ircadb01" / "reference"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not REFERENCE.is_dir(), reason="../shared/data/ircadb01/reference is absent"),
]


def labels_from(name: str, structure: Structure) -> LabelVolume:
    nibabel = pytest.importorskip("nibabel")
    image = nibabel.load(REFERENCE / f"{name}.nii.gz")
    mask = np.ascontiguousarray(np.asarray(image.dataobj).T > 0)
    return LabelVolume(
        labels=mask.astype(np.uint8) * np.uint8(structure.label_values[0]),
        geometry=VolumeGeometry(shape_kji=mask.shape, lps_from_ijk=LPS_FROM_RAS @ image.affine),
    )


@pytest.mark.parametrize(
    ("name", "structure_name", "tolerance", "coarsest_error_mm"),
    [
        ("liver", "liver", 0.005, 0.5),
        ("portalvein", "portal_vein", 0.03, 1.0),
        ("livertumor02", "tumour_02", 0.005, 0.4),
    ],
)
def test_real_structures_are_closed_and_have_their_volume_at_every_level(
    name: str, structure_name: str, tolerance: float, coarsest_error_mm: float
) -> None:
    structure = structure_named(structure_name)
    labels = labels_from(name, structure)
    levels = build_mesh_levels(labels, structure)
    voxels_ml = float(np.count_nonzero(labels.labels)) * labels.geometry.voxel_volume_ml
    assert len(levels) == 4
    for level in levels:
        assert surface_report(level).sound
        assert level.volume_ml == pytest.approx(voxels_ml, rel=tolerance)
    assert levels[-1].error_mm < coarsest_error_mm
    centres = np.argwhere(labels.labels > 0)[:, ::-1]
    low, high = labels.geometry.lps_from_index(centres).min(axis=0), labels.geometry.lps_from_index(centres).max(axis=0)
    np.testing.assert_allclose(levels[0].bounds_lps_mm, [low, high], atol=1.6)
