"""Growth of a remnant between two scans whose growth and movement are known."""

import numpy as np
import pytest

from engine import anatomy
from engine.carried_plan import (
    CarriedCount,
    CarriedPlan,
    carried_cut_mm,
    carried_interval,
    count_carried,
)
from engine.case_manifest import Provenance, ScanSource, SegmentationSource
from engine.case_writer import CaseWriter
from engine.clinical import BodyData, RemnantAtScan, chosen_thresholds
from engine.deformation import Deformation
from engine.errors import ClinicalInputError, LabelError, OperationCancelledError
from engine.imaging.registration import RegistrationOptions
from engine.interval import Interval
from engine.liver_map import LiverMap
from engine.phantom.grid import centred_geometry, rotation_matrix
from engine.progress import SilentProgress
from engine.resection import PlaneResection, ResectionPlan, TerritoryResection
from engine.resection.sides import Sides
from engine.serial_volumetry import SerialOptions, measure_growth
from engine.vessel_tree import VesselTrees
from engine.volume import LabelVolume, ScanVolume

EARLIER = centred_geometry(shape_kji=(44, 54, 68), spacing_ijk_mm=(3.0, 3.0, 3.0))
LATER = centred_geometry(
    shape_kji=(40, 62, 80),
    spacing_ijk_mm=(2.8, 2.8, 4.0),
    centre_lps_mm=(10, -8, 12),
    direction=rotation_matrix((0, 5, -8)),
)
# The right side (x < 0) is resected; what lies left of it remains and grows by 30 %.
PLAN = ResectionPlan(resections=(PlaneResection(point_lps_mm=(0.0, 0.0, 0.0), normal_lps=(-1.0, 0.0, 0.0)),))
GROWTH = 1.3
GRID_OF_TWO = centred_geometry(shape_kji=(2, 2, 2), spacing_ijk_mm=(80.0, 80.0, 80.0))
BODY = BodyData(height_cm=170, weight_kg=70)
QUICK = RegistrationOptions(step_mm=4.0, knots_mm=25.0, iterations=25)


def saved(path, labels, seed=0):
    with CaseWriter(path) as writer:
        scan = ScanVolume(voxels_hu=np.zeros(labels.geometry.shape_kji, np.int16), geometry=labels.geometry)
        writer.add_volumes(scan, labels)
        inside = labels.mask_of(anatomy.LIVER_VALUES)
        x = labels.geometry.lps_from_index(np.argwhere(inside)[:, ::-1])[:, 0]
        segment = np.zeros(inside.shape, np.uint8)
        segment[inside] = np.where(x < 0, 6, 2)
        nothing = np.zeros(inside.shape, np.uint16)
        k, j, i = (slice(0, n) for n in inside.shape)
        writer.add_anatomy(
            VesselTrees(branches=()),
            LiverMap(
                box=(k, j, i),
                portal_branch=nothing,
                hepatic_branch=nothing,
                segment=segment,
                uncertain=np.zeros(inside.shape, np.uint8),
            ),
        )
        return writer.finish(
            provenance=Provenance(
                scan=ScanSource(source_kind="phantom", voxels_sha256=f"{seed:064x}"),
                segmentation=SegmentationSource(method="phantom"),
            ),
            created_at="2026-01-02T03:04:05Z",
        )


@pytest.fixture(scope="module")
def change(growing):
    return growing(left=GROWTH, right=0.9, turn=rotation_matrix((3, -4, 6)), shift_mm=(10.0, -8.0, 12.0))


@pytest.fixture(scope="module")
def cases(grown_liver, change, tmp_path_factory):
    folder = tmp_path_factory.mktemp("serial")
    before = saved(folder / "before", grown_liver(EARLIER))
    return before, saved(folder / "after", grown_liver(LATER, change), seed=1)


def options(**named):
    return SerialOptions(**{"days": 28.0, "thresholds": chosen_thresholds(), "body": BODY, **named})


@pytest.fixture(scope="module")
def growth(cases):
    return measure_growth(*cases, PLAN, options(registration=QUICK))


def test_the_growth_of_the_remnant_is_found_through_movement_and_deformation(growth):
    found = {one.key: one for one in growth.quantities}
    relative = found["growth_of_remnant_percent"]
    assert relative.value == pytest.approx(100 * (GROWTH - 1), abs=6.0), "percent of the remnant"
    assert growth.after.interval.low <= GROWTH * growth.before.ml <= growth.after.interval.high
    telv = 1510.2
    expected = 100 * (GROWTH - 1) * growth.before.ml / telv / 4
    rate = found["kgr_vauthey_percent_per_week"]
    assert rate.value == pytest.approx(expected, rel=0.2)
    assert rate.interval.low <= expected <= rate.interval.high


def test_the_registration_states_its_quality(growth):
    assert growth.quality.liver_dice > 0.95
    assert growth.quality.residual_mm < 2.0 < growth.carried_mm < 6.0
    assert growth.as_json()["registration"]["liver_dice"] == growth.quality.liver_dice


def test_a_known_map_carries_every_kind_of_plan_to_the_known_remnant(cases, change):
    before, after = cases
    labels = after.labels()
    kji = np.stack(np.unravel_index(np.arange(labels.labels.size), labels.labels.shape), axis=-1)
    points = labels.geometry.lps_from_index(kji[:, ::-1])
    moved = (change.to_earlier(points) - points).reshape(*labels.labels.shape, 3).astype(np.float32)
    to_earlier = Deformation(displacement_lps_mm=moved, geometry=labels.geometry)
    liver = labels.mask_of(anatomy.LIVER_VALUES).reshape(-1)
    exact_ml = np.count_nonzero(change.to_earlier(points[liver])[:, 0] >= 0) * labels.geometry.voxel_volume_ml
    for resection in (PLAN.resections[0], TerritoryResection(segments=(6,), portal_branches=())):
        plan = ResectionPlan(resections=(resection,))
        sides = Sides(plan, before.labels().geometry, liver_map=before.liver_map(), trees=before.vessel_trees())
        carried = CarriedPlan(sides, before.liver_map(), to_earlier)
        count = count_carried(labels, carried, SilentProgress())
        # A territory is known to the voxels of the earlier scan.
        assert count.remnant_ml == pytest.approx(exact_ml, rel=1e-6 if resection in PLAN.resections else 0.02)


def counted(remnant_ml, rest_ml, cut_area_mm2=5000.0):
    return CarriedCount(remnant_ml=remnant_ml, rest_ml=rest_ml, cut_area_mm2=cut_area_mm2)


def test_the_interval_holds_the_earlier_scans_and_the_doubt_of_the_carried_cut():
    after = counted(400.0, 800.0)
    assert carried_interval(RemnantAtScan(ml=300.0), after, 0.0).interval.half_width == 0.0
    assert carried_interval(RemnantAtScan(ml=300.0), after, 2.0).interval.half_width == pytest.approx(10.0)
    wide = RemnantAtScan(ml=300.0, interval=Interval(low=276.0, high=330.0))
    both = carried_interval(wide, after, 2.0).interval
    assert both.high - 400.0 == pytest.approx(np.hypot(40.0, 10.0))
    assert 400.0 - both.low == pytest.approx(np.hypot(32.0, 10.0))


def test_the_doubt_of_a_cut_between_growing_and_shrinking_liver_is_that_of_a_rounded_kink():
    before = counted(300.0, 1000.0)
    assert carried_cut_mm(0.7, before, counted(300.0, 1000.0), 25.0) == pytest.approx(0.7)
    assert carried_cut_mm(0.7, before, counted(390.0, 900.0), 25.0) == pytest.approx(np.hypot(0.7, 0.4 * 1.3 * 100 / 8))
    assert carried_cut_mm(0.7, counted(0.0, 1000.0), counted(0.0, 900.0), 25.0) == 0.7


@pytest.mark.parametrize("normal", [(1.0, 0.0, 0.0), (1.0, 1.0, 1.0), (2.0, -1.0, 0.5)])
def test_the_area_of_a_carried_cut_is_that_of_its_disc_in_any_direction(normal):
    grid = centred_geometry(shape_kji=(40, 40, 40), spacing_ijk_mm=(2.0, 2.0, 2.0))
    k, j, i = np.meshgrid(*(np.arange(n) for n in grid.shape_kji), indexing="ij")
    points = grid.lps_from_index(np.stack([i, j, k], axis=-1))
    ball = (np.linalg.norm(points, axis=-1) <= 35.0).astype(np.uint8) * anatomy.PARENCHYMA
    plane = PlaneResection(point_lps_mm=(0.01, 0.01, 0.01), normal_lps=normal)
    unmoved = Deformation(displacement_lps_mm=np.zeros((2, 2, 2, 3), dtype=np.float32), geometry=GRID_OF_TWO)
    carried = CarriedPlan(Sides(ResectionPlan(resections=(plane,)), grid), None, unmoved)
    count = count_carried(LabelVolume(labels=ball, geometry=grid), carried, SilentProgress())
    assert count.cut_area_mm2 == pytest.approx(np.pi * 35.0**2, rel=0.04)


def test_a_plan_drawn_in_both_scans_is_measured_without_registration(cases, change):
    # The plane carried by the known movement: through the image of the origin, turned with the patient.
    normal = change.turn @ np.array([-1.0, 0.0, 0.0])
    later = ResectionPlan(resections=(PlaneResection(point_lps_mm=change.shift_mm, normal_lps=tuple(normal)),))
    growth = measure_growth(*cases, PLAN, options(plan_after=later))
    found = {one.key: one.value for one in growth.quantities}
    assert growth.quality is None and growth.carried_mm == 0.0
    assert found["growth_of_remnant_percent"] == pytest.approx(100 * (GROWTH - 1), abs=1.5)


def test_a_person_may_stop_it(cases):
    class Stop(SilentProgress):
        def stage(self, name):
            if name.startswith("Registering"):
                raise OperationCancelledError("stopped")

    with pytest.raises(OperationCancelledError):
        measure_growth(*cases, PLAN, options(registration=QUICK), Stop())


def test_a_scan_that_cuts_the_liver_off_is_refused(cases, grown_liver, tmp_path):
    short = saved(tmp_path / "short", grown_liver(EARLIER.cropped((0, 0, 0), (22, 54, 68))))
    with pytest.raises(LabelError, match="earlier"):
        measure_growth(short, cases[1], PLAN, options(plan_after=PLAN))
    with pytest.raises(LabelError, match="later"):
        measure_growth(cases[0], short, PLAN, options(registration=QUICK))


def test_no_time_makes_no_rate(cases):
    with pytest.raises(ClinicalInputError):
        measure_growth(*cases, PLAN, options(days=0.0))


def test_a_later_scan_without_a_liver_is_refused():
    empty = LabelVolume(labels=np.zeros((3, 3, 3), np.uint8), geometry=centred_geometry(
        shape_kji=(3, 3, 3), spacing_ijk_mm=(1.0, 1.0, 1.0)
    ))  # fmt: skip
    stay = Deformation(displacement_lps_mm=np.zeros((3, 3, 3, 3), np.float32), geometry=empty.geometry)
    with pytest.raises(LabelError):
        count_carried(empty, CarriedPlan(Sides(PLAN, empty.geometry), None, stay), SilentProgress())
