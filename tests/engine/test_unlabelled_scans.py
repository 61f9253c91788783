from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest

from engine import unlabelled_scans
from engine.errors import EmptyScanError
from engine.geometry import VolumeGeometry
from engine.progress import SilentProgress
from engine.training import tissues
from engine.unlabelled_scans import block_means, in_canonical_order, read_unlabelled
from engine.volume import ScanVolume
from models.card import shipped_card


def body_voxels(shape: tuple[int, int, int] = (20, 24, 28)) -> np.ndarray:
    """A body in air, with a bright corner that is superior, posterior and left in canonical order."""
    voxels = np.full(shape, -1000, dtype=np.int16)
    voxels[3:-3, 3:-3, 3:-3] = 40
    voxels[-7:-4, -7:-4, -7:-4] = 400
    return voxels


def geometry_along(columns: np.ndarray, shape: tuple[int, int, int]) -> VolumeGeometry:
    return VolumeGeometry.from_parts(
        shape_kji=shape, spacing_ijk_mm=(1.0, 2.0, 3.0), origin_lps_mm=(0.0, 0.0, 0.0), direction=columns
    )


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, 1, -1), (-1, -1, -1)])
def test_any_storage_order_comes_back_in_true_axes(order, signs) -> None:
    """Array axis n of the stored volume is canonical axis order[n], turned round where its sign is negative."""
    canonical = body_voxels()
    stored = canonical.transpose(order)
    unit = {0: np.array([0.0, 0, 1]), 1: np.array([0.0, 1, 0]), 2: np.array([1.0, 0, 0])}  # S, P, L in LPS
    axes = []
    for position, (axis, sign) in enumerate(zip(order, signs, strict=True)):
        axes.append(sign * unit[axis])
        stored = np.flip(stored, position) if sign < 0 else stored
    columns = np.stack([axes[2], axes[1], axes[0]], axis=1)  # columns are the directions of i, j, k
    stored = np.ascontiguousarray(stored)
    scan = ScanVolume(voxels_hu=stored, geometry=geometry_along(columns, stored.shape))
    turned, spacing = in_canonical_order(stored, scan)
    assert np.array_equal(turned, canonical)
    expected = [(3.0, 2.0, 1.0)[order.index(axis)] for axis in range(3)]
    assert spacing == pytest.approx(expected)


def test_blocks_are_means_and_never_coarser_than_wanted() -> None:
    image = np.arange(4 * 6 * 6, dtype=np.int16).reshape(4, 6, 6)
    coarse, spacing = block_means(image, (5.0, 1.0, 1.5), 3.0)
    assert coarse.shape == (4, 2, 3)
    assert spacing == (5.0, 3.0, 3.0)
    assert coarse[0, 0, 0] == round(float(image[0, :3, :2].mean()))


def test_a_folder_of_files_is_read_and_broken_ones_are_left_out(tmp_path: Path) -> None:
    for number in range(2):
        image = nibabel.Nifti1Image(body_voxels((32, 48, 48)).transpose(2, 1, 0), np.diag([-8.0, -8.0, 8.0, 1.0]))
        nibabel.save(image, tmp_path / f"scan{number}.nii.gz")
    (tmp_path / "broken.nii.gz").write_bytes(b"not an image")
    (tmp_path / "notes.txt").write_text("nothing")
    card = replace(shipped_card("coarse"), spacing_mm=8.0)
    volumes = read_unlabelled(tmp_path, card, SilentProgress())
    assert len(volumes) == 2
    assert volumes[0].image_hu.shape == (32, 48, 48)
    assert volumes[0].name == "unlabelled 2"  # no file names: they may name a patient
    assert volumes[0].known_classes == ()
    assert (volumes[0].tissues[4:-4, 4:-4, 4:-4] > 0).all()
    bright = np.argwhere(volumes[0].image_hu > 300).mean(axis=0)
    assert (bright > np.array([16, 24, 24])).all()


def test_a_folder_without_scans_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "broken.nii").write_bytes(b"")
    with pytest.raises(EmptyScanError, match="one NIfTI file"):
        read_unlabelled(tmp_path, shipped_card("coarse"), SilentProgress())


def test_the_fine_network_sees_the_liver_relative_to_its_median(tmp_path: Path, monkeypatch) -> None:
    image = nibabel.Nifti1Image(body_voxels((40, 60, 60)).transpose(2, 1, 0), np.diag([-3.0, -3.0, 3.0, 1.0]))
    nibabel.save(image, tmp_path / "scan.nii.gz")

    def found(scan: ScanVolume) -> np.ndarray:
        return (scan.voxels_hu == 40) & (np.indices(scan.voxels_hu.shape).sum(axis=0) < 30)

    monkeypatch.setattr(unlabelled_scans, "_liver_of", found)
    (volume,) = read_unlabelled(tmp_path, replace(shipped_card("fine"), spacing_mm=3.0), SilentProgress())
    liver = volume.tissues == tissues.LIVER
    assert np.median(volume.image_hu[liver]) == 0
    assert max(volume.image_hu.shape) < 60

    monkeypatch.setattr(unlabelled_scans, "_liver_of", lambda scan: np.zeros(scan.voxels_hu.shape, dtype=bool))
    with pytest.raises(EmptyScanError):
        read_unlabelled(tmp_path, shipped_card("fine"), SilentProgress())
