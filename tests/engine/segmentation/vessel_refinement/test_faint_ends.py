"""Branches that lead nowhere and are too faint to be vessels."""

import numpy as np
import pytest

from engine.segmentation.vessel_refinement.faint_ends import without_faint_ends

SHAPE = (21, 41, 61)


def tube(start, stop, radius=1.6):
    """(k, j, i) voxels around the line between two voxels."""
    place = np.stack(np.indices(SHAPE), axis=-1).astype(float)
    a, b = np.array(start, dtype=float), np.array(stop, dtype=float)
    along = np.clip(((place - a) @ (b - a)) / ((b - a) @ (b - a)), 0, 1)
    return np.linalg.norm(place - a - along[..., None] * (b - a), axis=-1) <= radius


@pytest.fixture
def parts():
    """A bright trunk, and what leaves it."""
    return {
        "trunk": tube((10, 20, 4), (10, 20, 56), 2.4),
        "bright": tube((10, 20, 20), (10, 5, 30)),
        "faint": tube((10, 20, 40), (10, 35, 50)),
    }


def shares(parts, **values):
    share = np.zeros(SHAPE, dtype=np.float32)
    for name, value in values.items():
        share[parts[name] & (share == 0)] = value
    return share


def test_a_faint_end_goes_and_bright_ones_stay(parts):
    vessel = parts["trunk"] | parts["bright"] | parts["faint"]
    kept = without_faint_ends(vessel, shares(parts, trunk=1.0, bright=0.7, faint=0.3))
    rest = parts["faint"] & ~parts["trunk"]
    assert (kept & rest).sum() < 0.2 * rest.sum(), "a stump at the trunk may stay"
    assert kept[parts["bright"]].all()
    assert kept[parts["trunk"]].mean() > 0.95


def test_a_faint_part_between_bright_ones_stays():
    vessel = tube((10, 20, 4), (10, 20, 56))
    share = np.ones(SHAPE, dtype=np.float32)
    share[:, :, 25:35] = 0.2
    assert np.array_equal(without_faint_ends(vessel, share), vessel)


def test_faint_twigs_of_a_faint_twig_go_from_the_tips_inwards(parts):
    twig = tube((10, 35, 50), (4, 38, 56)) | tube((10, 35, 50), (16, 38, 56))
    parts["faint"] |= twig
    vessel = parts["trunk"] | parts["faint"]
    kept = without_faint_ends(vessel, shares(parts, trunk=1.0, faint=0.3))
    rest = parts["faint"] & ~parts["trunk"]
    assert (kept & rest).sum() < 0.2 * rest.sum()


def test_without_vessels_there_are_none():
    assert not without_faint_ends(np.zeros(SHAPE, dtype=bool), np.ones(SHAPE, dtype=np.float32)).any()
