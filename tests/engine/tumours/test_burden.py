"""Tumour burden: sums, and published limits at their edges."""

from __future__ import annotations

import numpy as np
import pytest

from engine.geometry import VolumeGeometry
from engine.tumours import length_uncertainty_mm, measure_tumours, tumour_burden
from engine.tumours.burden import size_criteria
from engine.volume import LabelVolume


@pytest.mark.parametrize(
    ("sizes_mm", "milan", "ucsf", "up_to_7"),
    [
        ((50.0,), True, True, True),
        ((50.1,), False, True, True),
        ((60.0,), False, True, True),
        ((65.1,), False, False, False),
        ((30.0, 30.0, 30.0), True, False, True),
        ((30.0, 25.0, 25.0), True, True, True),
        ((31.0, 20.0), False, True, True),
        ((45.0, 35.0), False, True, True),
        ((45.0, 35.1), False, False, True),
        ((10.0, 10.0, 10.0, 10.0), False, False, True),
        ((20.0,) * 5, False, False, True),
        ((21.0,) * 5, False, False, False),
    ],
)
def test_published_limits_hold_up_to_their_edges(sizes_mm, milan, ucsf, up_to_7):
    within = {criterion.name: criterion.within for criterion in size_criteria(sizes_mm)}
    # Three of 30 mm are within Milan but 90 mm in sum: the UCSF limit adds the sum.
    assert within == {"Milan": milan, "UCSF": ucsf, "Up-to-7": up_to_7}


def test_every_limit_names_its_source_and_disease():
    assert all(c.source and c.limit and "carcinoma" in c.applies_to for c in size_criteria((10.0,)))


def test_the_burden_sums_up_what_was_measured():
    labels = np.ones((12, 30, 30), np.uint8)
    labels[3:6, 4:14, 4:10] = 101
    labels[8:10, 20:24, 20:24] = 102
    geometry = VolumeGeometry.from_parts(shape_kji=labels.shape, spacing_ijk_mm=(1.0, 1.0, 2.0))
    tumours = measure_tumours(LabelVolume(labels=labels, geometry=geometry))
    burden = tumour_burden(tumours)
    assert burden.count == 2
    assert burden.total_volume_ml == pytest.approx((180 + 32) * 0.002)
    lengths = [tumour.longest_axial.length_mm for tumour in tumours]
    assert burden.longest_axial_diameter_mm == max(lengths)
    assert burden.sum_of_diameters_mm == pytest.approx(sum(lengths))
    assert len(burden.criteria) == 3


def test_no_tumour_has_no_criteria():
    burden = tumour_burden(())
    assert (burden.count, burden.longest_axial_diameter_mm, burden.criteria) == (0, 0.0, ())


def size(length_mm):
    """A cube of voxels of 1 x 1 x 5 mm whose longest axial diameter is its diagonal."""
    labels = np.zeros((9, 70, 70), np.uint8)
    labels[2:7, 5 : 5 + length_mm, 5 : 5 + length_mm] = 101
    grid = VolumeGeometry.from_parts(shape_kji=(9, 70, 70), spacing_ijk_mm=(1.0, 1.0, 5.0))
    return measure_tumours(LabelVolume(labels=labels, geometry=grid))


def test_a_limit_within_the_uncertainty_of_a_diameter_is_marked_as_open():
    tumours = size(35)
    longest = tumours[0].longest_axial.length_mm
    assert 48.0 < longest < 50.0
    sure = {one.name: one.is_open for one in tumour_burden(tumours).criteria}
    assert not any(sure.values())
    unsure = {one.name: one.is_open for one in tumour_burden(tumours, length_uncertainty_mm=2.0).criteria}
    assert unsure == {"Milan": True, "UCSF": False, "Up-to-7": False}


def test_the_uncertainty_of_a_diameter_is_the_voxel_in_its_slice():
    upright = VolumeGeometry.from_parts(shape_kji=(9, 9, 9), spacing_ijk_mm=(0.7, 0.8, 5.0))
    turned = VolumeGeometry.from_parts(
        shape_kji=(9, 9, 9), spacing_ijk_mm=(0.7, 5.0, 0.8), direction=[[1, 0, 0], [0, 0, 1], [0, -1, 0]]
    )
    slanted = VolumeGeometry.from_parts(
        shape_kji=(9, 9, 9), spacing_ijk_mm=(0.7, 0.8, 5.0), direction=[[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]]
    )
    assert length_uncertainty_mm(upright) == pytest.approx(0.8)
    assert length_uncertainty_mm(turned) == pytest.approx(0.8)
    assert length_uncertainty_mm(slanted) == pytest.approx(5.0)


def test_burden_and_tumours_are_told_by_name():
    tumours = size(20)
    document = tumour_burden(tumours, length_uncertainty_mm=1.0).as_json()
    assert document["count"] == 1 and document["criteria"][0]["name"] == "Milan"
    assert tumours[0].as_json()["longest_axial_mm"] == document["longest_axial_mm"]
