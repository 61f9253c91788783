from __future__ import annotations

import numpy as np
import pytest

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.segmentation.liver_edge import edge_warnings, size_warnings
from engine.volume import LabelVolume


def box_liver(part: tuple[slice, slice, slice], direction: np.ndarray) -> LabelVolume:
    labels = np.zeros((50, 60, 60), dtype=np.uint8)
    labels[part] = anatomy.PARENCHYMA
    geometry = VolumeGeometry.from_parts(shape_kji=labels.shape, spacing_ijk_mm=(3, 3, 3), direction=direction)
    return LabelVolume(labels=labels, geometry=geometry)


MIDDLE = slice(10, 40)
CASES = [
    ((slice(20, 50), MIDDLE, MIDDLE), (1, 1, 1), "top (head)"),
    ((slice(20, 50), MIDDLE, MIDDLE), (1, 1, -1), "bottom (feet)"),
    ((slice(0, 30), MIDDLE, MIDDLE), (1, 1, 1), "bottom (feet)"),
    ((MIDDLE, slice(0, 30), MIDDLE), (1, 1, 1), "front"),
    ((MIDDLE, slice(0, 30), MIDDLE), (1, -1, 1), "back"),
    ((MIDDLE, MIDDLE, slice(0, 30)), (1, 1, 1), "right side"),
    ((MIDDLE, MIDDLE, slice(0, 30)), (-1, 1, 1), "left side"),
    ((MIDDLE, MIDDLE, slice(30, 60)), (1, 1, 1), "left side"),
]


@pytest.mark.parametrize(("part", "signs", "side"), CASES)
def test_the_side_where_the_liver_is_cut_is_the_patients_whatever_the_storage(part, signs, side) -> None:
    warnings = edge_warnings(box_liver(part, np.diag(np.array(signs, dtype=float))))

    assert len(warnings) == 1
    assert f"at the {side} of the scan" in warnings[0]
    assert "81 cm2" in warnings[0]  # 30 x 30 voxels of 3 x 3 mm


def test_an_oblique_scan_names_the_side_it_points_to_most() -> None:
    turn = np.deg2rad(20)
    tilted = np.array([[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]])
    assert "top (head)" in edge_warnings(box_liver((slice(20, 50), MIDDLE, MIDDLE), tilted))[0]


def test_the_cut_share_is_of_the_livers_surface(ball) -> None:
    labels = np.zeros((40, 80, 80), dtype=np.uint8)
    labels[ball((40, 80, 80), (0, 40, 40), 30)] = anatomy.PARENCHYMA  # half a ball: 1 part disc, 2 parts dome
    geometry = VolumeGeometry.from_parts(shape_kji=labels.shape, spacing_ijk_mm=(2, 2, 2))

    warning = edge_warnings(LabelVolume(labels=labels, geometry=geometry))[0]

    share = int(warning.split(" %")[0].split()[-1])
    assert 33 <= share <= 40


def test_a_whole_liver_of_usual_size_is_not_warned_about() -> None:
    labels = box_liver((slice(8, 42), slice(10, 45), slice(10, 45)), np.eye(3))
    assert edge_warnings(labels) == ()
    assert size_warnings(labels) == ()


def test_a_liver_that_ends_a_slice_before_the_scan_counts_as_cut_off() -> None:
    assert edge_warnings(box_liver((slice(20, 49), MIDDLE, MIDDLE), np.eye(3)))
    assert not edge_warnings(box_liver((slice(20, 47), MIDDLE, MIDDLE), np.eye(3)))


def test_a_tiny_liver_is_doubted() -> None:
    assert "27 mL" in size_warnings(box_liver((slice(5, 15),) * 3, np.eye(3)))[0]
