"""A liver divided: names, segments, overrides, variants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cc3d
import numpy as np
import pytest

from engine.anatomy import LIVER_VALUES
from engine.territory_volumes import territory_volumes
from engine.vessel_tree import VesselTrees
from engine.vessels.couinaud import Division, SegmentOverride, divide_liver
from engine.volume import LabelVolume

Livers = Callable[..., LabelVolume]
STEP_MM = 3.0
"""Coarse, to be quick."""

LPS, FLIPPED = (1.0, 1.0, 1.0), (-1.0, -1.0, -1.0)

PORTAL = {
    1: "main", 2: "left", 3: "right", 4: "anterior", 5: "posterior", 6: "segment_5", 7: "segment_8",
    8: "segment_6", 9: "segment_7", 10: "segment_2", 11: "segment_3", 12: "segment_4",
}  # fmt: skip
HEPATIC = {13: "right", 14: "middle", 15: "left"}


def divided(labels: LabelVolume, trees: VesselTrees, *overrides: SegmentOverride) -> Division:
    """A division of a liver that is there."""
    division = divide_liver(labels, trees, overrides, STEP_MM)
    assert division is not None
    return division


def segment_at(division: Division, labels: LabelVolume, point_lps_mm: tuple[float, float, float]) -> int:
    """Segment value at a point."""
    i, j, k = np.rint(labels.geometry.index_from_lps(point_lps_mm)).astype(int)
    at = tuple(n - part.start for n, part in zip((k, j, i), division.liver_map.box, strict=True))
    return int(division.liver_map.segment[at])


def uncertain_at(division: Division, labels: LabelVolume, point_lps_mm: tuple[float, float, float]) -> int:
    """Value of the uncertain zone at a point."""
    i, j, k = np.rint(labels.geometry.index_from_lps(point_lps_mm)).astype(int)
    at = tuple(n - part.start for n, part in zip((k, j, i), division.liver_map.box, strict=True))
    return int(division.liver_map.uncertain[at])


@pytest.fixture(scope="module")
def labels(make_liver: Livers) -> LabelVolume:
    return make_liver(LPS)


@pytest.fixture(scope="module")
def division(labels: LabelVolume, textbook_trees: VesselTrees) -> Division:
    return divided(labels, textbook_trees)


def test_textbook_branches_get_their_names(division: Division) -> None:
    names = {branch.number: branch.name for branch in division.trees.branches}
    assert names == PORTAL | HEPATIC


def test_textbook_liver_has_no_variant_but_veins_that_enter_apart(division: Division) -> None:
    assert {variant.kind for variant in division.variants} <= {"separate_left_and_middle_veins"}


def test_each_segment_lies_where_the_textbook_has_it(division: Division, labels: LabelVolume) -> None:
    places = {
        2: (75, -20, 45), 3: (75, -35, -12), 4: (5, -40, 45), 5: (0, -40, -30), 6: (-60, -20, -40), 7: (-80, 75, -40),
        8: (-80, 75, 45), 9: (-60, -20, 45),
    }  # fmt: skip
    assert {value: segment_at(division, labels, point) for value, point in places.items()} == {n: n for n in places}


@pytest.mark.parametrize("with_trees", [True, False])
def test_segments_part_the_liver_exactly_and_each_is_one_piece(
    labels: LabelVolume, textbook_trees: VesselTrees, with_trees: bool
) -> None:
    found = divided(labels, textbook_trees if with_trees else VesselTrees(branches=()))
    segment = found.liver_map.segment
    assert np.array_equal(segment > 0, labels.mask_of(LIVER_VALUES)[found.liver_map.box])
    assert set(np.unique(segment)) == set(range(10))
    for value in range(1, 10):
        assert cc3d.connected_components(segment == value, connectivity=26).max() == 1


def test_territories_of_the_roots_add_up_to_the_liver(division: Division, labels: LabelVolume) -> None:
    liver = int(labels.mask_of(LIVER_VALUES).sum())
    volumes = territory_volumes(division.trees, division.liver_map, 1.0)
    for kind in ("portal", "hepatic"):
        roots = [branch.number for branch in division.trees.of_kind(kind) if not branch.parent]
        assert sum(volumes[n - 1].with_tributaries_ml for n in roots) == liver
    assert int((division.liver_map.segment > 0).sum()) == liver


@pytest.mark.parametrize("direction", [FLIPPED, (-1.0, 1.0, 1.0), (1.0, -1.0, -1.0)])
def test_patient_sides_decide_and_not_the_order_of_voxels(
    division: Division, make_liver: Livers, textbook_trees: VesselTrees, direction: tuple[float, ...]
) -> None:
    turned = divided(make_liver(direction), textbook_trees)
    assert [b.name for b in turned.trees.branches] == [b.name for b in division.trees.branches]
    back = turned.liver_map.segment[tuple(slice(None, None, int(step)) for step in reversed(direction))]
    same = back == division.liver_map.segment
    assert same.mean() > 0.99


def test_boundary_follows_the_right_vein(
    labels: LabelVolume, textbook_rows: Any, make_trees: Callable[[Any], VesselTrees]
) -> None:
    moved = list(textbook_rows)
    moved[12] = ("hepatic", 0, ((10, 50, 50), (-30, 62, 30), (-85, 68, -20)), 5)
    place = (-85, 58, 20)
    assert segment_at(divided(labels, make_trees(textbook_rows)), labels, place) == 8
    assert segment_at(divided(labels, make_trees(tuple(moved))), labels, place) == 9


def test_word_on_a_branch_binds_its_territory(division: Division, labels: LabelVolume) -> None:
    changed = division.with_overrides((SegmentOverride(branch=8, name="segment_7"),))
    territory = changed.liver_map.portal_branch == 8
    assert (division.liver_map.segment[territory] == 7).mean() > 0.5
    assert (changed.liver_map.segment[territory] == 8).all()
    assert changed.trees.branches[7].name == "segment_7"
    assert changed.trees.branches[7].confidence == 1.0


def test_word_on_a_trunk_leaves_the_choice_among_its_segments(division: Division) -> None:
    changed = division.with_overrides((SegmentOverride(branch=5, name="anterior"),))
    fed = np.isin(changed.liver_map.portal_branch, (5, 8, 9))
    assert set(np.unique(changed.liver_map.segment[fed])) <= {6, 9}


@pytest.mark.parametrize("override", [(99, "main"), (0, "main"), (1, "middle"), (13, "segment_2")])
def test_word_on_what_does_not_exist_is_refused(division: Division, override: tuple[int, str]) -> None:
    with pytest.raises(ValueError, match="branch"):
        division.with_overrides((SegmentOverride(branch=override[0], name=override[1]),))


def test_posterior_branch_from_the_trunk_is_a_variant(
    labels: LabelVolume, textbook_rows: Any, make_trees: Callable[[Any], VesselTrees]
) -> None:
    rows = [
        ("portal", 0, ((25, 25, -45), (20, 20, -25)), 6),  # 1 main
        ("portal", 1, ((20, 20, -25), (15, 15, -5)), 6),  # 2 main goes on
        ("portal", 1, ((20, 20, -25), (-20, 50, -5)), 4),  # 3 posterior from main
        ("portal", 2, ((15, 15, -5), (25, 0, 3), (35, -20, 6)), 4.5),  # 4 left
        ("portal", 2, ((15, 15, -5), (-25, 8, 2)), 4),  # 5 anterior
        ("portal", 5, ((-25, 8, 2), (-45, 12, -35)), 3),
        ("portal", 5, ((-25, 8, 2), (-45, 15, 45)), 3),
        ("portal", 3, ((-20, 50, -5), (-60, 82, -40)), 3),
        ("portal", 3, ((-20, 50, -5), (-60, 82, 42)), 3),
        ("portal", 4, ((35, -20, 6), (68, -10, 40)), 3),
        ("portal", 4, ((35, -20, 6), (70, -35, -15)), 3),
        ("portal", 4, ((35, -20, 6), (2, -30, -5)), 3),
    ]
    found = divided(labels, make_trees((*rows, *textbook_rows[12:])))
    assert [variant.branches for variant in found.variants if variant.kind == "right_posterior_from_main"] == [(3,)]


def test_without_vessels_and_cava_the_guess_is_said(make_liver: Livers) -> None:
    found = divided(make_liver(LPS, with_cava=False), VesselTrees(branches=()))
    assert len(found.warnings) == 4
    assert (found.liver_map.uncertain[found.liver_map.segment > 0] == 255).all()
    assert not found.liver_map.portal_branch.any()


def test_place_is_sure_near_branches_and_a_guess_far_from_them(
    labels: LabelVolume, textbook_rows: Any, make_trees: Callable[[Any], VesselTrees]
) -> None:
    rows = (*textbook_rows, ("hepatic", 13, ((-63, 50, 0), (-60, 72, -25)), 3))
    found = divided(labels, make_trees(rows))
    assert uncertain_at(found, labels, (-57, 76, -33)) == 0
    assert uncertain_at(found, labels, (-90, -40, 55)) == 255


def test_without_a_liver_there_is_nothing_to_divide(labels: LabelVolume) -> None:
    empty = LabelVolume(labels=np.zeros_like(labels.labels), geometry=labels.geometry)
    assert divide_liver(empty, VesselTrees(branches=())) is None
