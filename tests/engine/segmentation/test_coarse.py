from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.geometry import VolumeGeometry
from engine.segmentation.coarse import coarse_answer, drop_high_portal_pieces
from engine.segmentation.grids import ClassGrid
from engine.segmentation.loaded_network import LoadedNetwork
from engine.segmentation.postprocess import organ_labels
from engine.volume import ScanVolume
from models.card import shipped_card
from models.networks import build_network


@pytest.fixture(scope="module")
def small() -> LoadedNetwork:
    card = replace(shipped_card("coarse"), filters=(8, 8, 8))
    torch.manual_seed(4)
    return LoadedNetwork(card=card, module=build_network(card).eval())


def lopsided_body() -> ScanVolume:
    """A body with a dense block on the patient's right, so that a mirror image would differ."""
    voxels = np.full((40, 40, 60), -1000, np.int16)
    voxels[:, 4:36, 4:56] = 20
    voxels[10:30, 8:24, 8:30] = 110
    voxels[20:36, 20:30, 36:50] = 300
    geometry = VolumeGeometry.from_parts(shape_kji=(40, 40, 60), spacing_ijk_mm=(3, 3, 3), origin_lps_mm=(-90, -60, 10))
    return ScanVolume(voxels_hu=voxels, geometry=geometry)


def stored(scan: ScanVolume, flips: tuple[bool, bool, bool]) -> ScanVolume:
    """The same patient with array axes (k, j, i) stored the other way round, the geometry saying so."""
    matrix = np.array(scan.geometry.lps_from_ijk)
    voxels = scan.voxels_hu
    for axis, flip in enumerate(flips):
        if flip:
            column = 2 - axis
            matrix[:3, 3] += matrix[:3, column] * (voxels.shape[axis] - 1)
            matrix[:3, column] *= -1
            voxels = np.flip(voxels, axis)
    geometry = VolumeGeometry(shape_kji=scan.geometry.shape_kji, lps_from_ijk=matrix)
    return ScanVolume(voxels_hu=np.ascontiguousarray(voxels), geometry=geometry)


def labels_of(scan: ScanVolume, network: LoadedNetwork) -> np.ndarray:
    grid = coarse_answer(scan, network, device="cpu", advance=lambda _: None).grid
    return organ_labels(grid, scan.geometry)


@pytest.mark.parametrize("flips", [(False, False, True), (True, False, False), (True, True, True)])
def test_mirrored_storage_gives_the_same_labels_at_the_same_place_in_the_patient(
    small: LoadedNetwork, flips: tuple[bool, bool, bool]
) -> None:
    scan = lopsided_body()
    straight = labels_of(scan, small)
    axes = tuple(axis for axis, flip in enumerate(flips) if flip)

    mirrored = np.flip(labels_of(stored(scan, flips), small), axes)

    assert len(np.unique(straight)) > 3
    assert (straight == mirrored).mean() > 0.999  # resampling rounds differently in a few voxels
    assert (straight == np.flip(straight, 2)).mean() < 0.99  # the check would see a mirror image


def test_a_portal_piece_that_begins_under_the_dome_is_withdrawn_and_a_long_one_stays() -> None:
    """A liver of 40 levels: a trunk from below to the dome, a splenic piece half-way up and a false one on top."""
    classes = ("other", "liver", "portal_vein")
    winner = np.zeros((50, 30, 30), dtype=np.uint8)
    winner[5:45, 5:25, 5:25] = 1
    winner[10:44, 10, 10] = 2
    winner[25:30, 20, 20] = 2
    false = np.zeros(winner.shape, dtype=bool)
    false[38:44, 15, 20] = True
    winner[false] = 2
    probability = np.zeros((*winner.shape, 3), dtype=np.uint8)
    np.put_along_axis(probability, winner[..., None].astype(np.int64), np.uint8(200), axis=-1)
    probability[false, 1] = 55
    geometry = VolumeGeometry.from_parts(shape_kji=winner.shape, spacing_ijk_mm=(3, 3, 3), origin_lps_mm=(0, 0, 0))
    grid = ClassGrid(classes=classes, probability=probability, winner=winner.copy(), geometry=geometry)

    drop_high_portal_pieces(grid)

    assert np.array_equal(grid.mask("portal_vein"), (winner == 2) & ~false)
    assert grid.mask("liver")[false].all()
