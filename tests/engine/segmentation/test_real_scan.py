"""The floor the shipped networks have to keep, on a scan they were never trained on."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np
import pytest

from engine import anatomy
from engine.imaging import read_scan
from engine.progress import SilentProgress
from engine.segmentation import segment

SCAN = Path(__file__).parents[4] / "shared" / "data" / "ircadb01"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not SCAN.exists(), reason="needs ../shared/data/ircadb01"),
]


def test_the_liver_of_an_unseen_scan_reaches_a_dice_of_085(tmp_path: Path) -> None:
    import nibabel

    with tarfile.open(SCAN / "dicom.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    scan = read_scan(tmp_path, progress=SilentProgress()).scan

    result = segment(scan, device="cpu", fast=True, progress=SilentProgress())

    reference = nibabel.load(SCAN / "reference" / "liver.nii.gz")
    expected = on_grid_of(scan.geometry, np.asarray(reference.dataobj) > 0, reference.affine)
    found = result.labels.mask_of(anatomy.LIVER_VALUES)
    dice = 2 * (found & expected).sum() / (found.sum() + expected.sum())
    assert dice >= 0.85
    assert result.labels.geometry.matches(scan.geometry)


def on_grid_of(geometry, mask_ijk: np.ndarray, ras_from_ijk: np.ndarray) -> np.ndarray:
    """The reference mask in the scan's array order; its grid is the scan's but for order and direction of axes."""
    from engine.geometry import LPS_FROM_RAS

    to_mask = np.linalg.inv(LPS_FROM_RAS @ ras_from_ijk) @ geometry.lps_from_ijk
    turn = np.rint(to_mask[:3, :3]).astype(int)
    assert np.abs(to_mask[:3, :3] - turn).max() < 1e-3
    k, j, i = np.meshgrid(*[np.arange(n) for n in geometry.shape_kji], indexing="ij", sparse=True)
    places = [
        turn[axis, 0] * i + turn[axis, 1] * j + turn[axis, 2] * k + round(float(to_mask[axis, 3])) for axis in range(3)
    ]
    return mask_ijk[places[0], places[1], places[2]]
