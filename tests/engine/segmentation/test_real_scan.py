"""The floor the shipped networks have to keep, on scans as they come."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine import anatomy
from engine.errors import SegmentationError
from engine.geometry import VolumeGeometry
from engine.imaging import read_given_labels, read_scan
from engine.progress import SilentProgress
from engine.segmentation import Segmentation, segment
from engine.volume import ScanVolume

DATA = Path(__file__).parents[4] / "shared" / "data"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not (DATA / "ircadb01").exists(), reason="needs ../shared/data"),
]


@pytest.fixture(scope="module")
def portal_venous(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScanVolume]:
    """ircadb01, which no network was trained on."""
    folder = tmp_path_factory.mktemp("ircadb01")
    with tarfile.open(DATA / "ircadb01" / "dicom.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    yield read_scan(folder, progress=SilentProgress()).scan


def fast(scan: ScanVolume) -> Segmentation:
    return segment(scan, device="cpu", fast=True, progress=SilentProgress())


def part_of(scan: ScanVolume, first_slice: int, last_slice: int) -> ScanVolume:
    """Some of the slices, in the order they are stored."""
    voxels = scan.voxels_hu[first_slice:last_slice]
    shape = (voxels.shape[0], voxels.shape[1], voxels.shape[2])
    return ScanVolume(voxels_hu=voxels, geometry=scan.geometry.cropped((first_slice, 0, 0), shape))


def liver_dice(found: Segmentation, expected: np.ndarray) -> float:
    mask = found.labels.mask_of(anatomy.LIVER_VALUES)
    return float(2 * (mask & expected).sum() / (mask.sum() + expected.sum()))


@pytest.fixture(scope="module")
def reference(portal_venous: ScanVolume) -> np.ndarray:
    labels = read_given_labels(DATA / "ircadb01" / "reference", portal_venous.geometry)
    return labels.mask_of(anatomy.LIVER_VALUES)


def test_the_liver_of_an_unseen_scan_reaches_a_dice_of_085_fast(
    portal_venous: ScanVolume, reference: np.ndarray
) -> None:
    found = fast(portal_venous)
    assert liver_dice(found, reference) >= 0.85
    assert found.labels.geometry.matches(portal_venous.geometry)
    assert not any("cut off" in warning or "looks like" in warning for warning in found.warnings)


def test_both_stages_do_not_worsen_the_outline_and_find_vessels(
    portal_venous: ScanVolume, reference: np.ndarray
) -> None:
    found = segment(portal_venous, device="cpu", progress=SilentProgress())
    assert liver_dice(found, reference) >= 0.93
    assert found.probability is not None
    for value in (anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS):
        assert (found.labels.labels == value).sum() * found.labels.geometry.voxel_volume_ml > 3


def test_a_scan_that_ends_in_the_liver_names_the_end_by_the_patient(portal_venous: ScanVolume) -> None:
    """The lower half of the slices is taken away, whichever way they are stored."""
    half = portal_venous.geometry.shape_kji[0] // 2
    grows_up = portal_venous.geometry.direction[2, 2] > 0
    upper = part_of(portal_venous, half, 2 * half) if grows_up else part_of(portal_venous, 0, half)
    warnings = [warning for warning in fast(upper).warnings if "cut off" in warning]
    assert any("bottom (feet)" in warning for warning in warnings)


def test_slices_below_the_liver_alone_are_refused(portal_venous: ScanVolume, reference: np.ndarray) -> None:
    levels = np.flatnonzero(reference.any(axis=(1, 2)))
    count = portal_venous.geometry.shape_kji[0]
    below = (0, int(levels[0])) if portal_venous.geometry.direction[2, 2] > 0 else (int(levels[-1]) + 1, count)
    if below[1] - below[0] < 5:
        pytest.skip("the scan ends at the liver")
    with pytest.raises(SegmentationError, match="No liver"):
        fast(part_of(portal_venous, *below))


def test_an_eight_bit_export_is_said_to_be_one() -> None:
    scan = read_scan(DATA / "crlm1100" / "ct.nii.gz", progress=SilentProgress()).scan
    found = fast(scan)
    assert any("steps of 7.8 HU" in warning for warning in found.warnings)
    assert (found.labels.labels == anatomy.PARENCHYMA).sum() * scan.geometry.voxel_volume_ml > 2500


def test_a_native_scan_cut_off_at_the_dome_says_both() -> None:
    path = next(path for path in (DATA / "totalseg_example").glob("*.nii.gz") if "seg" not in path.name)
    warnings = fast(read_scan(path, progress=SilentProgress()).scan).warnings
    assert any("without contrast medium" in warning and "aorta" in warning for warning in warnings)
    assert any("top (head)" in warning for warning in warnings)


def test_thick_slices_are_said_to_hide_thin_vessels(tmp_path: Path) -> None:
    with tarfile.open(DATA / "crlm1006" / "dicom.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    scan = read_scan(tmp_path, progress=SilentProgress()).scan
    assert any("5.0 mm apart" in warning for warning in fast(scan).warnings)


def test_a_mirrored_and_reversed_storage_gives_the_same_liver_in_the_patient(portal_venous: ScanVolume) -> None:
    small = portal_venous.voxels_hu[::2, ::4, ::4]
    matrix = np.array(portal_venous.geometry.lps_from_ijk)
    matrix[:3, :3] = matrix[:3, :3] * np.array([4, 4, 2])
    straight = ScanVolume(
        voxels_hu=np.ascontiguousarray(small), geometry=VolumeGeometry(shape_kji=small.shape, lps_from_ijk=matrix)
    )
    turned = matrix.copy()
    for column, extent in ((0, small.shape[2]), (2, small.shape[0])):
        turned[:3, 3] += turned[:3, column] * (extent - 1)
        turned[:3, column] *= -1
    backwards = ScanVolume(
        voxels_hu=np.ascontiguousarray(small[::-1, :, ::-1]),
        geometry=VolumeGeometry(shape_kji=small.shape, lps_from_ijk=turned),
    )

    one, other = fast(straight).labels.labels, fast(backwards).labels.labels[::-1, :, ::-1]

    assert (one == other).mean() > 0.999
