"""Function of hand-computed livers, to the voxel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.anatomy import INFERIOR_VENA_CAVA, PARENCHYMA, tumour
from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.resection.function import FunctionalRemnant
from engine.resection.plan import PlaneResection, ResectionPlan
from engine.resection.rows import RowWindow
from engine.resection.sides import Sides
from engine.vessel_tree import VesselTrees

from .conftest import ToyLiver, branch, toy_liver

LAYER = 200  # voxels of the pipe with one x
ML = 0.001  # of a 1 mm voxel


def voxels(ml: float | None) -> int:
    assert ml is not None
    assert math.isclose(ml / ML, round(ml / ML), abs_tol=1e-6)
    return round(ml / ML)


def numbers(answer: FunctionalRemnant) -> tuple[int, int, int, int, int, int]:
    """Kept, devascularised, congested, both, functional, not assigned in voxels."""
    return (
        voxels(answer.kept_ml),
        voxels(answer.devascularised_ml),
        voxels(answer.congested_ml),
        voxels(answer.both_ml),
        voxels(answer.functional_ml),
        voxels(answer.not_assigned_ml),
    )


def test_nothing_cut_leaves_everything_functional(pipe: ToyLiver) -> None:
    answer = pipe.evaluator().evaluate(pipe.sides(((100, 0, 0), (1, 0, 0))))
    assert numbers(answer) == (40 * LAYER, 0, 0, 0, 40 * LAYER, 0)
    assert answer.flr is not None
    assert answer.flr.percent == 100.0
    assert answer.cut_branches == ()


def test_liver_whose_vein_left_through_the_specimen_is_congested(pipe: ToyLiver) -> None:
    # x = 0 to 18 remains; the piece of 17 to 20 has its middle at 18, still on this side.
    answer = pipe.evaluator().evaluate(pipe.sides(((18.5, 0, 0), (1, 0, 0))))
    assert numbers(answer) == (19 * LAYER, 0, 19 * LAYER, 0, 0, 0)
    assert [(one.branch, voxels(one.ml)) for one in answer.congested_by_branch or ()] == [(4, 19 * LAYER)]


def test_liver_whose_portal_vein_came_through_the_specimen_is_devascularised(pipe: ToyLiver) -> None:
    # x = 18 to 39 remains. Veins go on to the right end; the piece of 16 to 19 has its middle at 18.
    answer = pipe.evaluator().evaluate(pipe.sides(((17.5, 0, 0), (-1, 0, 0))))
    assert numbers(answer) == (22 * LAYER, 22 * LAYER, 0, 0, 0, 0)


def test_a_piece_has_the_fate_of_its_middle(pipe: ToyLiver) -> None:
    # The middle at x = 18 goes with the specimen: what remains of its piece, x = 17, has lost it; 16 and less has not.
    answer = pipe.evaluator().evaluate(pipe.sides(((17.5, 0, 0), (1, 0, 0))))
    assert voxels(answer.kept_ml) == 18 * LAYER
    assert voxels(answer.devascularised_ml) == LAYER
    assert [(one.branch, one.name, voxels(one.ml)) for one in answer.devascularised_by_branch or ()] == [
        (2, "left", LAYER)
    ]


def test_an_endless_plane_does_not_sever_the_trunk_outside_the_liver(pipe: ToyLiver) -> None:
    # The plane x = -5 lies in front of the liver and crosses the extrahepatic trunk; everything right of it remains.
    answer = pipe.evaluator().evaluate(pipe.sides(((-5, 0, 0), (-1, 0, 0))))
    assert numbers(answer) == (40 * LAYER, 0, 0, 0, 40 * LAYER, 0)
    assert answer.cut_branches == ()


def test_cut_branches_tell_place_calibre_and_what_hangs_on_them(pipe: ToyLiver) -> None:
    answer = pipe.evaluator().evaluate(pipe.sides(((18.5, 0, 0), (1, 0, 0))))
    assert answer.cut_branches is not None
    portal, hepatic, mouth = answer.cut_branches
    assert (portal.branch, portal.tree, portal.name, portal.calibre_mm) == (2, "portal", "left", 8.0)
    assert portal.position_lps_mm == pytest.approx((18.5, 10.0, 5.0))
    assert portal.severs
    # Beyond x = 18.5 lie the pieces with middles 22 to 38: x = 21 to 39; nothing of it remains.
    assert (voxels(portal.territory_ml), voxels(portal.remnant_lost_ml)) == (19 * LAYER, 0)
    assert voxels(portal.piece_ml) == 4 * LAYER  # the cut lies in the piece of x = 17 to 20
    assert (hepatic.branch, hepatic.tree, hepatic.calibre_mm, hepatic.severs) == (4, "hepatic", 6.0, False)
    # Hepatic pieces run from the right: the one with its middle at 18 holds x = 16 to 19.
    assert (voxels(hepatic.territory_ml), voxels(hepatic.remnant_lost_ml)) == (20 * LAYER, 19 * LAYER)
    # The root outside the liver is never cut: the vein ends where the liver begins, though no plane passes there.
    assert (mouth.branch, mouth.severs, mouth.position_lps_mm) == (4, True, (40.0, 10.0, 5.0))
    assert (voxels(mouth.territory_ml), voxels(mouth.remnant_lost_ml)) == (40 * LAYER, 19 * LAYER)


def test_a_calibre_is_taken_across_the_vessel_however_aslant_the_cut(pipe: ToyLiver) -> None:
    answer = pipe.evaluator().evaluate(pipe.sides(((18.5, 10.0, 5.0), (0.5, 0.8, 0.3))))
    assert answer.cut_branches is not None
    crossing = next(one for one in answer.cut_branches if one.tree == "portal")
    assert crossing.calibre_mm == pytest.approx(8.0)
    assert crossing.position_lps_mm == pytest.approx((18.5, 10.0, 5.0))


def test_a_branch_that_turns_back_is_lost_beyond_its_bight() -> None:
    # The portal vein runs out at y = 5, turns at x = 30 and comes back at y = 15; the vein drains in place.
    shape = (10, 20, 40)
    portal = np.full(shape, 1, dtype=np.uint16)
    portal[:, 10:] = 2
    out = branch(1, "portal", 0, (-15, 5, 5), (0, 5, 5), (30, 5, 5), name="main")
    back = branch(2, "portal", 1, (30, 5, 5), (30, 15, 5), (0, 15, 5))
    liver = toy_liver(
        [out, back, branch(3, "hepatic", 0, (-15, 10, 5), (0, 10, 5), (40, 10, 5))],
        portal,
        np.full(shape, 3, dtype=np.uint16),
    )
    answer = liver.evaluator().evaluate(liver.sides(((20.5, 0, 0), (1, 0, 0))))
    # x = 0 to 20 remains; its half with y of 10 and more hangs on the way back, of which nothing is left.
    assert voxels(answer.devascularised_ml) >= 21 * 100
    assert voxels(answer.devascularised_ml) <= 21 * 100 + 2 * 100  # and half a piece of the way out at most
    assert answer.cut_branches is not None
    crossings = [(one.branch, one.severs) for one in answer.cut_branches if one.tree == "portal"]
    assert sorted(crossings) == [(1, True), (2, False)]


def test_segment_one_drains_by_itself_and_is_told(pipe: ToyLiver) -> None:
    segment = np.full(pipe.liver_map.segment.shape, 2, dtype=np.uint8)
    segment[:, :, :5] = 1
    liver = toy_liver(
        list(pipe.trees.branches), pipe.liver_map.portal_branch, pipe.liver_map.hepatic_branch, segment=segment
    )
    answer = liver.evaluator().evaluate(liver.sides(((18.5, 0, 0), (1, 0, 0))))
    assert numbers(answer) == (19 * LAYER, 0, 14 * LAYER, 0, 5 * LAYER, 0)
    assert voxels(answer.direct_ml) == 5 * LAYER


def test_liver_without_a_branch_is_not_counted_as_functional(pipe: ToyLiver) -> None:
    portal = pipe.liver_map.portal_branch.copy()
    portal[:, :, 38:] = 0
    liver = toy_liver(list(pipe.trees.branches), portal, pipe.liver_map.hepatic_branch)
    answer = liver.evaluator().evaluate(liver.sides(((100, 0, 0), (1, 0, 0))))
    assert numbers(answer) == (40 * LAYER, 0, 0, 0, 38 * LAYER, 2 * LAYER)


def test_without_hepatic_veins_congestion_is_unknown_and_so_is_function(pipe: ToyLiver) -> None:
    trees = VesselTrees(branches=pipe.trees.branches[:2])
    nowhere = np.zeros_like(pipe.liver_map.hepatic_branch)
    liver = toy_liver(list(trees.branches), pipe.liver_map.portal_branch, nowhere)
    answer = liver.evaluator().evaluate(liver.sides(((17.5, 0, 0), (1, 0, 0))))
    assert voxels(answer.devascularised_ml) == LAYER
    assert (answer.congested_ml, answer.both_ml, answer.functional_ml, answer.flr) == (None, None, None, None)
    assert voxels(answer.not_assigned_ml) == 17 * LAYER


def test_a_vein_away_from_the_cava_hangs_on_a_link_that_is_told(pipe: ToyLiver) -> None:
    # A second vein begins at (20, 18) in the middle of the liver; the cava touches the first one's root only.
    labels = np.full((10, 20, 44), PARENCHYMA, dtype=np.uint8)
    labels[:, :, 40:] = INFERIOR_VENA_CAVA
    wide = ((0, 0), (0, 0), (0, 4))
    hepatic = pipe.liver_map.hepatic_branch.copy()
    hepatic[:, 15:, :] = 5
    liver = toy_liver(
        [
            *pipe.trees.branches[:2],
            branch(3, "hepatic", 0, (42, 10, 5), (40, 10, 5)),
            branch(4, "hepatic", 3, (40, 10, 5), (0, 10, 5)),
            branch(5, "hepatic", 0, (20, 18, 5), (4, 18, 5)),
        ],
        np.pad(pipe.liver_map.portal_branch, wide),
        np.pad(hepatic, wide),
        labels=labels,
    )
    evaluator = liver.evaluator()
    whole = evaluator.evaluate(liver.sides(((100, 0, 0), (1, 0, 0))))
    assert voxels(whole.functional_ml) == 40 * LAYER
    assert voxels(whole.unseen_ml) == 40 * 50
    # A cut at y = 14.5 severs the link, and with it the vein of what remains beyond.
    cut = evaluator.evaluate(liver.sides(((0, 14.5, 0), (0, -1, 0))))
    assert voxels(cut.kept_ml) == voxels(cut.congested_ml) == voxels(cut.unseen_ml) == 40 * 50


def test_tumours_are_taken_out_of_both_parts_of_the_tumour_free_remnant(pipe: ToyLiver) -> None:
    labels = pipe.labels.labels.copy()
    labels[:, :, 0] = tumour(1).label_values[0]
    labels[:, :, 39] = tumour(2).label_values[0]
    liver = toy_liver(
        list(pipe.trees.branches), pipe.liver_map.portal_branch, pipe.liver_map.hepatic_branch, labels=labels
    )
    answer = liver.evaluator().evaluate(liver.sides(((100, 0, 0), (1, 0, 0))))
    assert answer.flr_tumour_free is not None
    assert answer.flr_tumour_free.numerator == "functional_remnant_volume_minus_tumour"
    assert voxels(answer.flr_tumour_free.numerator_ml) == voxels(answer.flr_tumour_free.denominator_ml) == 38 * LAYER


def test_a_graft_hangs_on_nothing_but_what_is_joined_again(pipe: ToyLiver) -> None:
    evaluator, sides = pipe.evaluator(), pipe.sides(((18.5, 0, 0), (1, 0, 0)))
    # The graft x = 19 to 39 took its vein's mouth along; its portal vein came through the remnant.
    alone = evaluator.evaluate(sides, kept="resected")
    assert voxels(alone.kept_ml) == 21 * LAYER
    assert voxels(alone.devascularised_ml) == 21 * LAYER
    # What lies nearest to the middle at 18, which stays with the donor: x = 19 of the vein's, 19 and 20 of the other.
    assert voxels(alone.congested_ml) == LAYER
    joined = evaluator.evaluate(sides, kept="resected", rejoined=frozenset({2}))
    assert voxels(joined.devascularised_ml) == 2 * LAYER


def test_a_reconstructed_vein_drains_again(pipe: ToyLiver) -> None:
    evaluator, sides = pipe.evaluator(), pipe.sides(((18.5, 0, 0), (1, 0, 0)))
    assert voxels(evaluator.evaluate(sides, rejoined=frozenset({4})).functional_ml) == 19 * LAYER


def turned(degrees: float, *, left_handed: bool) -> NDArray[np.float64]:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    axes = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]]) @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    return axes * np.array([1.0, -1.0, 1.0]) if left_handed else axes


@pytest.mark.parametrize("left_handed", [False, True])
@pytest.mark.parametrize("degrees", [0.0, 33.0, 180.0])
def test_the_same_liver_has_the_same_function_however_it_is_stored(
    pipe: ToyLiver, degrees: float, left_handed: bool
) -> None:
    axes = turned(degrees, left_handed=left_handed)
    geometry = VolumeGeometry.from_parts(
        shape_kji=(10, 20, 40), spacing_ijk_mm=(1.0, 1.0, 1.0), direction=axes, origin_lps_mm=(3.0, -4.0, 5.0)
    )
    moved = [
        branch(b.number, b.kind, b.parent, *(tuple(geometry.lps_from_index(p)) for p in b.points_lps_mm), name=b.name)
        for b in pipe.trees.branches
    ]
    liver = toy_liver(moved, pipe.liver_map.portal_branch, pipe.liver_map.hepatic_branch, geometry)
    plane = PlaneResection(
        point_lps_mm=tuple(geometry.lps_from_index((18.4, 0.0, 0.0))), normal_lps=tuple(axes[:, 0].tolist())
    )
    answer = liver.evaluator().evaluate(Sides(ResectionPlan(resections=(plane,)), geometry))
    assert answer.kept_ml == pytest.approx(19 * LAYER * ML)
    # A voxel as near to two middles may fall to either when the axes are turned: one layer of 19.
    assert answer.congested_ml == pytest.approx(19 * LAYER * ML)
    assert answer.devascularised_ml == pytest.approx(0.0, abs=LAYER * ML)


def test_rows_and_planes_count_the_same(pipe: ToyLiver) -> None:
    class OnlyRows(Sides):
        @property
        def planes(self) -> NDArray[np.float64] | None:
            return None

    plan = ResectionPlan(resections=(PlaneResection(point_lps_mm=(17.2, 9.0, 4.0), normal_lps=(0.8, 0.5, -0.3)),))
    geometry = pipe.labels.geometry
    evaluator = pipe.evaluator()
    by_planes = evaluator.evaluate(Sides(plan, geometry))
    curved = OnlyRows(plan, geometry)
    assert evaluator.evaluate(curved, curved.rows(evaluator.window)) == by_planes
    with pytest.raises(PlanError, match="rows"):
        evaluator.evaluate(curved)
    with pytest.raises(PlanError, match="rows"):
        evaluator.evaluate(curved, curved.rows(RowWindow(0, 5, 0, 20)))


def test_a_preview_tells_volumes_and_severed_branches_only(pipe: ToyLiver) -> None:
    evaluator, sides = pipe.evaluator(), pipe.sides(((18.5, 0, 0), (1, 0, 0)))
    whole, quick = evaluator.evaluate(sides), evaluator.evaluate(sides, details=False)
    assert (quick.devascularised_by_branch, quick.congested_by_branch, quick.cut_branches) == (None, None, None)
    assert quick.severed_branches == whole.severed_branches == (2, 4)
    assert numbers(quick) == numbers(whole)


def test_json_names_what_was_divided_by_what(pipe: ToyLiver) -> None:
    document = pipe.evaluator().evaluate(pipe.sides(((17.5, 0, 0), (1, 0, 0)))).as_json()
    assert document["flr"] == {
        "percent": 0.0,
        "numerator": "functional_remnant_volume",
        "denominator": "total_liver_volume",
        "numerator_ml": 0.0,
        "denominator_ml": 8.0,
    }
    assert document["side"] == "remnant"
