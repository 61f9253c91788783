"""Tumour burden: sums, and published limits at their edges."""

from __future__ import annotations

import numpy as np
import pytest

from engine.geometry import VolumeGeometry
from engine.tumours import measure_tumours, tumour_burden
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
