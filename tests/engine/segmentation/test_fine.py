from __future__ import annotations

import numpy as np
import pytest

from engine.geometry import VolumeGeometry
from engine.segmentation.fine import (
    PROBABILITY_CLASSES,
    Surroundings,
    as_given,
    five_shares,
    with_both_trees,
)
from engine.segmentation.inference import Answer

SHAPE = (40, 40, 40)


@pytest.fixture
def around(ball) -> Surroundings:
    nothing = np.zeros(SHAPE, dtype=bool)
    cava, trunk = nothing.copy(), nothing.copy()
    cava[30:, 28:32, 18:22] = True
    trunk[2:8, 8:12, 18:22] = True
    geometry = VolumeGeometry.from_parts(shape_kji=SHAPE, spacing_ijk_mm=(1.5, 1.5, 1.5))
    liver = ball(SHAPE, (20, 20, 20), 30) & ~cava & ~trunk
    return Surroundings(liver=liver, cava=cava, trunk=trunk, gallbladder=nothing, geometry=geometry)


def vessels() -> np.ndarray:
    """A hepatic vein into the cava and a portal branch from the trunk, three voxels thick."""
    found = np.zeros(SHAPE, dtype=bool)
    found[32:35, 12:28, 19:22] = True
    found[8:24, 9:12, 19:22] = True
    return found


def answer_of(probability: np.ndarray) -> Answer:
    return Answer(
        probability=probability, winner=probability.argmax(axis=-1).astype(np.uint8), device="cpu", warnings=()
    )


def test_a_network_that_knows_vessels_only_is_split_by_where_they_drain(around: Surroundings) -> None:
    probability = np.zeros((*SHAPE, 3), dtype=np.uint8)
    probability[..., 1] = np.where(vessels(), 200, 0)
    probability[..., 0] = 255 - probability[..., 1]

    shares = five_shares(answer_of(probability), ("other", "vessel", "tumour"), around)
    split = with_both_trees(shares, around.liver, around)

    assert (split.sum(axis=-1, dtype=int) == 255).all()
    assert (split[33, 13:28, 20, PROBABILITY_CLASSES.index("hepatic_veins")] == 200).all()
    assert (split[9:24, 10, 20, PROBABILITY_CLASSES.index("portal_vein")] == 200).all()
    assert split[20, 20, 35, PROBABILITY_CLASSES.index("liver")] == 255
    assert split[0, 39, 39, PROBABILITY_CLASSES.index("other")] == 255


def test_what_the_network_says_about_the_trees_is_kept_and_one_tree_alone_is_not_believed(
    around: Surroundings,
) -> None:
    shares = np.zeros((*SHAPE, 5), dtype=np.uint8)
    shares[..., 1] = 255
    shares[vessels()] = (0, 55, 200, 0, 0)
    one_tree = with_both_trees(shares, around.liver, around)
    assert one_tree[33, 20, 20].tolist() == [0, 55, 0, 200, 0]

    shares[30:][vessels()[30:]] = (0, 55, 90, 110, 0)
    both = with_both_trees(shares, around.liver, around)
    assert (both == shares).all()


def test_a_network_that_knows_one_class_is_not_quoted_on_which_tree_a_vessel_is(around: Surroundings) -> None:
    shares = np.zeros((*SHAPE, 5), dtype=np.uint8)
    shares[..., 1] = 255
    shares[vessels()] = (0, 50, 125, 75, 5)
    one = as_given(shares, around.geometry, both_trees=False)
    assert one.classes == ("other", "liver", "vessel", "tumour")
    assert one.values[:, 33, 20, 20].tolist() == [0, 50, 200, 5]
    both = as_given(shares, around.geometry, both_trees=True)
    assert both.classes == PROBABILITY_CLASSES
    assert both.values[:, 33, 20, 20].tolist() == [0, 50, 125, 75, 5]


def test_classes_are_put_in_the_fixed_order_by_name(around: Surroundings) -> None:
    names = ("other", "tumour", "hepatic_veins", "portal_vein", "liver")
    probability = np.random.default_rng(0).integers(0, 50, (*SHAPE, 5)).astype(np.uint8)
    shares = five_shares(answer_of(probability), names, around)
    for channel, name in enumerate(PROBABILITY_CLASSES):
        assert (shares[..., channel] == probability[..., names.index(name)]).all()
