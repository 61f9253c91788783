"""A donation of a liver whose territories are known by formula."""

from dataclasses import replace

import numpy as np
import pytest

from engine.clinical import BodyData
from engine.donor_report import DonorOptions, _large_stumps, report_donation
from engine.errors import ClinicalInputError
from engine.liver_map import LiverMap
from engine.phantom import known_liver as known
from engine.phantom.grid import centred_geometry, rotation_matrix
from engine.resection import PlaneResection, PlanEvaluator, ResectionPlan
from engine.vessel_tree import VesselBranch, VesselTrees
from engine.volume import LabelVolume

VOXELS = (2.0, 2.0, 2.5)


@pytest.fixture(scope="module")
def liver():
    return known.known_liver(np.array(VOXELS), rotation_matrix((5, 10, -15)), seed=1)


@pytest.fixture(scope="module")
def evaluator(liver):
    return PlanEvaluator(liver.labels, trees=liver.trees, liver_map=liver.liver_map)


@pytest.fixture(scope="module")
def plan(liver):
    return ResectionPlan(
        resections=(PlaneResection(point_lps_mm=liver.cut_point_lps_mm, normal_lps=liver.cut_normal_lps),)
    )


def numbers(report):
    return {quantity.key: quantity.value for quantity in report.quantities}


def test_graft_and_remnant_are_both_sides_of_the_cut(evaluator, plan):
    found = numbers(report_donation(evaluator, plan, DonorOptions(recipient_weight_kg=60)))
    assert found["graft_ml"] == pytest.approx(known.resected_ml(), rel=0.01)
    assert found["grwr_percent"] == pytest.approx(100 * known.resected_ml() / 60_000, rel=0.01)
    assert found["donor_remnant_percent"] == pytest.approx(100 * (1 - known.resected_ml() / known.liver_ml()), rel=0.01)


def test_graft_remnant_and_their_ratios_have_intervals(evaluator, plan):
    report = report_donation(evaluator, plan, DonorOptions(recipient_weight_kg=60))
    found = {quantity.key: quantity for quantity in report.quantities}
    for key, exact in (("graft_ml", known.resected_ml()), ("grwr_percent", known.resected_ml() / 600)):
        assert found[key].interval.low <= exact <= found[key].interval.high
    share = found["donor_remnant_percent"]
    assert share.interval.low <= share.value <= share.interval.high
    assert share.comparison.interval_reaches_across is False


def test_the_largest_portal_branch_is_joined_and_named(evaluator, plan):
    report = report_donation(evaluator, plan, DonorOptions(recipient_weight_kg=60))
    assert report.joined[0].tree == "portal" and report.joined[0].name in ("main", "left")


@pytest.fixture(scope="module")
def box():
    """A box of 80 x 40 x 40 mm; x < 0 is the graft. The right vein drains its outer half from its own root, a
    tributary of the middle vein, whose root stays with the donor, its inner half."""
    geometry = centred_geometry(shape_kji=(24, 24, 44), spacing_ijk_mm=(2.0, 2.0, 2.0))
    k, j, i = np.meshgrid(*(np.arange(n) for n in geometry.shape_kji), indexing="ij")
    x, y, z = np.moveaxis(geometry.lps_from_index(np.stack([i, j, k], axis=-1)), -1, 0)
    inside = (abs(x) <= 40) & (abs(y) <= 20) & (abs(z) <= 20)
    lines = (
        ("portal", 0, "main", [(0.5, 0, -40), (0.5, 0, -10)]),
        ("portal", 1, "right", [(0.5, 0, -10), (-31.5, 0, -10)]),
        ("portal", 1, "left", [(0.5, 0, -10), (32.5, 0, -10)]),
        ("hepatic", 0, "right", [(-30, 0, 40), (-30, 0, 0)]),
        ("hepatic", 0, "middle", [(0.5, 0, 40), (0.5, 0, 0)]),
        ("hepatic", 5, "middle", [(0.5, 0, 0), (-19.5, 0, 0)]),
        ("hepatic", 0, "left", [(30, 0, 40), (30, 0, 0)]),
    )
    trees = VesselTrees(
        branches=tuple(
            VesselBranch(
                number=n, kind=kind, parent=parent, name=name,
                points_lps_mm=np.array(points, float), radii_mm=np.full(len(points), 2.0),
            )
            for n, (kind, parent, name, points) in enumerate(lines, start=1)
        )
    )  # fmt: skip
    hepatic = np.select([x < -20, x < 0, x < 20], [4, 6, 5], 7)
    liver_map = LiverMap(
        box=(slice(0, 24), slice(0, 24), slice(0, 44)),
        portal_branch=np.where(inside, np.where(x < 0, 2, 3), 0).astype(np.uint16),
        hepatic_branch=np.where(inside, hepatic, 0).astype(np.uint16),
        segment=np.where(inside, 6, 0).astype(np.uint8),
        uncertain=np.zeros(geometry.shape_kji, np.uint8),
    )
    labels = LabelVolume(labels=inside.astype(np.uint8), geometry=geometry)
    return PlanEvaluator(labels, trees=trees, liver_map=liver_map)


HALF = ResectionPlan(resections=(PlaneResection(point_lps_mm=(0.0, 0.0, 0.0), normal_lps=(-1.0, 0.0, 0.0)),))


def test_a_tributary_of_the_middle_vein_leaves_half_the_graft_congested_until_it_is_reconstructed(box):
    bare = numbers(report_donation(box, HALF, DonorOptions(recipient_weight_kg=10)))
    assert bare["graft_congested_percent"] == pytest.approx(50.0)
    assert bare["graft_devascularised_ml"] == 0.0
    report = report_donation(box, HALF, DonorOptions(recipient_weight_kg=10, reconstruct=("middle",)))
    found = numbers(report)
    assert found["graft_congested_percent"] == pytest.approx(50.0)
    assert found["reconstructed_graft_congested_ml"] == 0.0
    assert found["reconstructed_functional_grwr_percent"] == found["grwr_percent"]
    assert [branch.branch for branch in report.reconstructed] == [6]


def test_a_vein_may_be_named_by_its_branch_number(box):
    options = DonorOptions(recipient_weight_kg=10, reconstruct=("6",))
    assert numbers(report_donation(box, HALF, options))["reconstructed_graft_congested_ml"] == 0.0


def test_the_right_portal_branch_is_joined_and_the_donor_keeps_supply_and_drainage(box):
    report = report_donation(box, HALF, DonorOptions(recipient_weight_kg=10))
    assert [(branch.tree, branch.name) for branch in report.joined] == [("portal", "right")]
    assert numbers(report)["donor_devascularised_ml"] == 0.0
    assert numbers(report)["donor_congested_ml"] == 0.0


def test_two_large_portal_stumps_are_both_joined_and_small_ones_are_not(box):
    some = box.function_of(HALF, kept="resected").cut_branches[0]
    sizes = ((1, 5.6, 340.0, "portal"), (2, 4.9, 710.0, "portal"), (3, 2.7, 30.0, "portal"), (4, 9.0, 900.0, "hepatic"))
    cut = [
        replace(some, branch=number, calibre_mm=calibre_mm, territory_ml=territory_ml, tree=tree)
        for number, calibre_mm, territory_ml, tree in sizes
    ]
    assert [branch.branch for branch in _large_stumps(cut)] == [2, 1]
    assert _large_stumps(()) == []


def test_the_vein_that_drains_most_of_the_graft_is_joined_where_the_cut_severs_it(box):
    most = ResectionPlan(resections=(PlaneResection(point_lps_mm=(0, 0, 30), normal_lps=(0, 0, -1)),))
    report = report_donation(box, most, DonorOptions(recipient_weight_kg=10))
    assert {branch.tree for branch in report.joined} == {"hepatic"}
    assert numbers(report)["graft_congested_ml"] < report.graft_without.kept_ml


def test_what_the_donor_keeps_without_supply_or_drainage_is_told(evaluator, plan):
    found = numbers(report_donation(evaluator, plan, DonorOptions(recipient_weight_kg=60)))
    remnant = known.liver_ml() - known.resected_ml()
    assert found["donor_congested_ml"] == pytest.approx(remnant / 2, rel=0.01)
    assert found["donor_functional_ml"] == pytest.approx(remnant / 4, rel=0.01)


def test_a_vein_that_is_not_cut_cannot_be_reconstructed(evaluator, plan):
    with pytest.raises(ClinicalInputError) as caught:
        report_donation(evaluator, plan, DonorOptions(recipient_weight_kg=60, reconstruct=("middle",)))
    assert "left" in caught.value.cure


def test_a_donor_with_body_data_gets_remnant_to_body_weight(evaluator, plan):
    options = DonorOptions(recipient_weight_kg=60, donor=BodyData(height_cm=175, weight_kg=70))
    found = numbers(report_donation(evaluator, plan, options))
    remnant = known.liver_ml() - known.resected_ml()
    assert found["donor_rlv_bw_percent"] == pytest.approx(100 * remnant / 70_000, rel=0.01)


def test_without_vessel_trees_volumes_alone_are_given(liver, plan):
    evaluator = PlanEvaluator(liver.labels)
    report = report_donation(evaluator, plan, DonorOptions(recipient_weight_kg=60))
    assert report.graft_without is None
    assert "graft_congested_ml" not in numbers(report)
    with pytest.raises(ClinicalInputError):
        report_donation(evaluator, plan, DonorOptions(recipient_weight_kg=60, reconstruct=("middle",)))


def test_a_recipient_of_60000_grams_is_refused():
    with pytest.raises(ClinicalInputError):
        DonorOptions(recipient_weight_kg=60_000)
