from __future__ import annotations

import numpy as np

from engine.segmentation.vein_sides import nearest_side, portal_or_hepatic

SHAPE = (40, 40, 40)


def two_trees() -> np.ndarray:
    vessel = np.zeros(SHAPE, dtype=bool)
    vessel[33, 10:28, 20] = True  # a hepatic vein that runs into the cava at the dome
    vessel[33:, 10, 20] = True
    vessel[8:25, 10, 20] = True  # a portal branch that climbs from the trunk
    vessel[24, 10, 5:21] = True
    vessel[26, 12, 5:8] = True  # a piece on its own beside the portal branch
    return vessel


def test_portal_and_hepatic_veins_are_told_apart_by_where_they_drain() -> None:
    cava, trunk = np.zeros(SHAPE, dtype=bool), np.zeros(SHAPE, dtype=bool)
    cava[30:, 28:32, 18:22] = True
    trunk[2:8, 8:12, 18:22] = True
    vessel = two_trees()

    sides = portal_or_hepatic(vessel, ~(cava | trunk), cava, trunk, 1.5)

    assert (sides[33, 10:28, 20] == 2).all()
    assert (sides[8:25, 10, 20] == 1).all()
    assert (sides[24, 10, 5:21] == 1).all()
    assert (sides[26, 12, 5:8] == 1).all()
    assert (sides[~vessel] == 0).all()


def test_without_a_cava_and_a_trunk_height_decides() -> None:
    nothing = np.zeros(SHAPE, dtype=bool)
    sides = portal_or_hepatic(two_trees(), ~nothing, nothing, nothing, 1.5)
    assert (sides[33, 10:28, 20] == 2).all()
    assert (sides[8:20, 10, 20] == 1).all()


def test_every_voxel_takes_the_side_of_the_nearest_vessel() -> None:
    sides = np.zeros((1, 1, 7), dtype=np.uint8)
    sides[0, 0, 1], sides[0, 0, 6] = 1, 2
    assert nearest_side(sides)[0, 0].tolist() == [1, 1, 1, 1, 2, 2, 2]
    assert sides.sum() == 3  # the question is left as it was
