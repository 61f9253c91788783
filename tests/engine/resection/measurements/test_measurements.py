"""Measurements against lengths known from their construction, on straight and branching vessels and on balls."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import anatomy
from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.resection.measurements import (
    Angle,
    CutArea,
    Diameter,
    Distance,
    Pin,
    Surveyor,
    TumourDiameter,
    VesselLength,
    measurement_as_json,
    measurement_from_json,
    notes_from_json,
)
from engine.resection.plan import PlaneResection, plan_from_json
from engine.tumours import measure_tumours
from engine.vessel_tree import VesselBranch, VesselTrees
from engine.volume import LabelVolume


def _branch(number: int, parent: int, points: list[list[float]], radii: list[float], kind: str = "portal"):
    return VesselBranch(
        number=number, kind=kind, parent=parent, points_lps_mm=np.array(points, float), radii_mm=np.array(radii, float)
    )


# A trunk of 30 mm along +z, forking into 40 mm along +x and 50 mm along -x; another tree beside it.
TREES = VesselTrees(
    branches=(
        _branch(1, 0, [[0, 0, 0], [0, 0, 10], [0, 0, 30]], [6.0, 5.0, 4.0]),
        _branch(2, 1, [[0, 0, 30], [20, 0, 30], [40, 0, 30]], [3.0, 2.0, 1.0]),
        _branch(3, 1, [[0, 0, 30], [-50, 0, 30]], [3.0, 3.0]),
        _branch(4, 0, [[0, 40, 0], [0, 40, 30]], [4.0, 4.0], "hepatic"),
        _branch(5, 0, [[80, 40, 0], [80, 40, 30]], [4.0, 4.0], "hepatic"),
    )
)


def _surveyor(tumours=(), area=None) -> Surveyor:
    return Surveyor(TREES, lambda: tumours, lambda plan: area)


def _along(first, second):
    return _surveyor().measure(VesselLength(points_lps_mm=(first, second)))


points = st.tuples(*[st.floats(-500.0, 500.0)] * 3)


@given(a=points, b=points, turn=st.floats(0, 6.28), shift=points)
def test_a_distance_does_not_change_when_the_patient_is_moved(a, b, turn, shift) -> None:
    if math.dist(a, b) < 0.1:
        return
    cos, sin = math.cos(turn), math.sin(turn)
    matrix = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    moved = [tuple(matrix @ np.array(point) + np.array(shift)) for point in (a, b)]
    value = _surveyor().measure(Distance(points_lps_mm=(a, b))).value
    assert value == pytest.approx(math.dist(a, b), rel=1e-12)
    assert _surveyor().measure(Diameter(points_lps_mm=tuple(moved))).value == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("degrees", [0.0, 1e-5, 30.0, 90.0, 135.0, 180.0 - 1e-5, 180.0])
def test_an_angle_is_the_one_it_was_made_with_even_near_its_ends(degrees) -> None:
    arm = math.radians(degrees)
    corner = np.array([12.0, -7.0, 3.0])
    ends = [corner + np.array([25.0, 0, 0]), corner + 40.0 * np.array([math.cos(arm), math.sin(arm), 0])]
    value = _surveyor().measure(Angle(points_lps_mm=(tuple(ends[0]), tuple(corner), tuple(ends[1]))))
    assert value.unit == "degrees"
    assert value.value == pytest.approx(degrees, abs=1e-9)


def test_along_one_branch_the_length_is_the_centre_lines_and_the_calibre_the_radii() -> None:
    found = _along((0.0, 0.0, 0.0), (0.0, 0.0, 30.0))
    assert found.value == pytest.approx(30.0)
    assert found.mean_calibre_mm == pytest.approx((10 * 11.0 + 20 * 9.0) / 30)
    assert found.least_calibre_mm == pytest.approx(8.0)


def test_over_a_fork_the_way_goes_in_and_out_again() -> None:
    found = _along((30.0, 0.0, 30.0), (-50.0, 0.0, 30.0))
    assert found.value == pytest.approx(80.0)
    assert found.least_calibre_mm == pytest.approx(3.0)
    assert found.line_lps_mm[0] == pytest.approx([30.0, 0.0, 30.0])
    assert found.line_lps_mm[-1] == pytest.approx([-50.0, 0.0, 30.0])


def test_the_way_back_is_as_long_and_as_wide() -> None:
    there, back = _along((0.0, 0.0, 4.0), (33.0, 0.0, 30.0)), _along((33.0, 0.0, 30.0), (0.0, 0.0, 4.0))
    assert there.value == pytest.approx(26.0 + 33.0)
    assert (back.value, back.mean_calibre_mm) == pytest.approx((there.value, there.mean_calibre_mm))


def test_a_place_on_the_wall_counts_from_the_centre_line_beside_it() -> None:
    assert _along((5.0, 0.0, 5.0), (0.0, 4.0, 25.0)).value == pytest.approx(20.0)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ((0.0, 0.0, 5.0), (0.0, 40.0, 5.0), "different trees"),
        ((0.0, 40.0, 5.0), (80.0, 40.0, 5.0), "not connected"),
        ((0.0, 0.0, 5.0), (0.0, 20.0, 5.0), "on no vessel"),
        ((3.0, 0.0, 5.0), (-3.0, 0.0, 5.0), "same place of the vessel"),
    ],
)
def test_where_no_vessel_leads_there_is_no_length(first, second, said) -> None:
    with pytest.raises(PlanError, match=said):
        _along(first, second)


def test_a_case_without_trees_says_so() -> None:
    with pytest.raises(PlanError, match="no vessel trees"):
        Surveyor(None, tuple, lambda plan: None).measure(VesselLength(points_lps_mm=((0, 0, 0), (0, 0, 9))))


def test_the_diameter_of_a_ball_is_its_own_on_any_grid() -> None:
    geometry = VolumeGeometry.from_parts(shape_kji=(40, 60, 60), spacing_ijk_mm=(0.7, 0.7, 1.3))
    k, j, i = np.indices(geometry.shape_kji)
    centre = geometry.lps_from_index((30, 30, 20))
    away = np.linalg.norm(geometry.lps_from_index(np.stack([i, j, k], axis=-1)) - centre, axis=-1)
    labels = np.where(away <= 14.0, np.uint8(anatomy.FIRST_TUMOUR), np.uint8(anatomy.PARENCHYMA)).astype(np.uint8)
    tumours = measure_tumours(LabelVolume(labels=labels, geometry=geometry))
    found = _surveyor(tumours).measure(TumourDiameter(tumour="tumour_01"))
    assert found.value == pytest.approx(28.0, abs=0.7)
    assert math.dist(*found.line_lps_mm) == pytest.approx(found.value)
    with pytest.raises(PlanError, match="not in the case"):
        _surveyor(tumours).measure(TumourDiameter(tumour="tumour_02"))


def test_the_area_is_that_of_the_named_cut_and_gone_with_it() -> None:
    planes = tuple(PlaneResection(point_lps_mm=(x, 0, 0), normal_lps=(1, 0, 0)) for x in (0.0, 5.0))
    asked = []
    surveyor = Surveyor(None, tuple, lambda plan: asked.append(plan.resections) or 4200.0)
    assert surveyor.measure(CutArea(resection=2), planes).value == pytest.approx(42.0)
    surveyor.measure(CutArea(resection=None), planes)
    assert asked == [(planes[1],), planes]
    with pytest.raises(PlanError, match="gone"):
        surveyor.measure(CutArea(resection=3), planes)


MEASUREMENTS = (
    Distance(points_lps_mm=((0, 0, 0), (1, 2, 3))),
    Diameter(points_lps_mm=((0, 0, 0), (1, 2, 3))),
    VesselLength(points_lps_mm=((0, 0, 0), (1, 2, 3))),
    Angle(points_lps_mm=((0, 0, 0), (1, 2, 3), (4, 5, 6))),
    TumourDiameter(tumour="tumour_03"),
    CutArea(resection=None),
    CutArea(resection=2),
)


@pytest.mark.parametrize("measurement", MEASUREMENTS)
def test_a_measurement_is_read_as_it_was_written(measurement) -> None:
    assert measurement_from_json(measurement_as_json(measurement)) == measurement


def test_a_plan_is_read_with_its_notes_beside_it() -> None:
    document = {
        "resections": [{"kind": "plane", "point_lps_mm": [0, 0, 0], "normal_lps": [1, 0, 0]}],
        "measurements": [measurement_as_json(MEASUREMENTS[0])],
        "pins": [{"point_lps_mm": [1, 2, 3], "text": "keep this vein"}],
    }
    assert len(plan_from_json(document).resections) == 1
    notes = notes_from_json(document)
    assert notes.measurements == (MEASUREMENTS[0],)
    assert notes.pins == (Pin(point_lps_mm=(1, 2, 3), text="keep this vein"),)


@pytest.mark.parametrize(
    "measurement",
    [
        [],
        {"kind": "volume"},
        {"kind": "distance", "points_lps_mm": [[0, 0, 0]]},
        {"kind": "distance", "points_lps_mm": [[0, 0, 0], [0, 0, 0]]},
        {"kind": "angle", "points_lps_mm": [[0, 0, 0], [1, 1, 1]]},
        {"kind": "distance", "points_lps_mm": [[0, 0, 0], [0, 0, math.nan]]},
        {"kind": "area", "resection": True},
        {"kind": "tumour", "tumour": 1},
        {"kind": "distance", "points_lps_mm": [[0, 0, 0], [1, 0, 0]], "value": 3},
    ],
)
def test_what_is_no_measurement_is_refused(measurement) -> None:
    with pytest.raises(PlanError):
        notes_from_json({"resections": [], "measurements": [measurement]})


@pytest.mark.parametrize("text", ["", "  ", "x" * 201, "a\u2028b", "\u202eabc"])
def test_a_pin_nobody_could_read_is_refused(text) -> None:
    with pytest.raises(PlanError):
        Pin(point_lps_mm=(0, 0, 0), text=text)
