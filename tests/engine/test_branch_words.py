"""A person's words on vessel branches hold, and turn nothing else over."""

from __future__ import annotations

import numpy as np
import pytest

from engine import anatomy
from engine.branch_words import branch_middle_lps_mm, heard_anatomy, snapped_words, words_beyond
from engine.case_manifest import BranchWord
from engine.errors import LabelError
from engine.phantom import PhantomRecipe, sample_labels
from engine.vessels import VesselAnatomy, analyse
from engine.volume import LabelVolume

INSIDE = {"portal": anatomy.PORTAL_VEIN, "hepatic": anatomy.HEPATIC_VEINS, "not_a_vessel": anatomy.PARENCHYMA}


@pytest.fixture(scope="module")
def phantom() -> LabelVolume:
    return sample_labels(5, PhantomRecipe(seed=5, shape_kji=(90, 150, 165), spacing_ijk_mm=(2.0, 2.0, 2.6)).geometry())


@pytest.fixture(scope="module")
def before(phantom: LabelVolume) -> VesselAnatomy:
    return analyse(phantom, looked_at=True)


@pytest.fixture(scope="module")
def forked(phantom: LabelVolume, before: VesselAnatomy) -> int:
    """Number of a portal branch inside the liver with two branches beyond it, and none beyond those."""
    parents = before.trees.parents()
    for branch in before.trees.of_kind("portal"):
        beyond = np.flatnonzero(parents == branch.number)
        middle = branch_middle_lps_mm(before.trees, branch.number)
        if len(beyond) == 2 and not np.isin(parents, beyond).any() and label_at(phantom, middle) == INSIDE["portal"]:
            return branch.number
    pytest.fail("the phantom has no such branch")


def label_at(labels: LabelVolume, point_lps_mm: tuple[float, float, float]) -> int:
    i, j, k = np.rint(labels.geometry.index_from_lps(np.asarray(point_lps_mm))).astype(int)
    return int(labels.labels[k, j, i])


def said(phantom: LabelVolume, before: VesselAnatomy, number: int, kind: str, name: str = "") -> tuple[BranchWord, ...]:
    word = BranchWord(point_lps_mm=branch_middle_lps_mm(before.trees, number), kind=kind, name=name)  # type: ignore[arg-type]
    return words_beyond(phantom, before.trees, snapped_words(phantom, [word]))


@pytest.mark.parametrize("kind", ["hepatic", "not_a_vessel"])
def test_a_word_changes_its_branch_and_little_else(
    phantom: LabelVolume, before: VesselAnatomy, forked: int, kind: str
) -> None:
    words = said(phantom, before, forked, kind)
    heard = heard_anatomy(phantom, words)
    assert all(label_at(heard.labels, word.point_lps_mm) == INSIDE[kind] for word in words)
    changed = np.argwhere(heard.labels.labels != phantom.labels)
    assert len(changed)
    places = phantom.geometry.lps_from_index(changed[:, ::-1].astype(float))
    named = [before.trees.branches[forked - 1], *(b for b in before.trees.branches if b.parent == forked)]
    points = np.concatenate([branch.points_lps_mm for branch in named])
    away = np.linalg.norm(places[:, None] - points[None], axis=2).min(axis=1)
    assert away.max() < 12, "only voxels of the branch and of those beyond it"


def test_a_changed_tree_carries_all_branches_beyond(phantom: LabelVolume, before: VesselAnatomy, forked: int) -> None:
    words = said(phantom, before, forked, "hepatic")
    assert len(words) == 3
    assert {word.kind for word in words} == {"hepatic"}
    assert len(said(phantom, before, forked, "portal")) == 1, "nothing changes"
    assert len(said(phantom, before, forked, "not_a_vessel")) == 1


def test_a_name_holds_and_moves_the_segments(phantom: LabelVolume, before: VesselAnatomy, forked: int) -> None:
    name = "segment_2" if before.trees.branches[forked - 1].name != "segment_2" else "segment_7"
    heard = heard_anatomy(phantom, said(phantom, before, forked, "portal", name))
    word = branch_middle_lps_mm(before.trees, forked)
    nearest = min(
        heard.anatomy.trees.of_kind("portal"),
        key=lambda branch: float(np.linalg.norm(branch.points_lps_mm - np.asarray(word), axis=1).min()),
    )
    assert nearest.name == name
    own = heard.anatomy.liver_map.portal_branch == nearest.number
    assert set(np.unique(heard.anatomy.liver_map.segment[own])) == {2 if name == "segment_2" else 8}


def test_a_word_on_a_vessel_that_is_gone_is_forgotten_and_takes_no_other(
    phantom: LabelVolume, before: VesselAnatomy, forked: int
) -> None:
    words = said(phantom, before, forked, "not_a_vessel")
    once = heard_anatomy(phantom, words)
    again = heard_anatomy(once.labels, words)
    assert again.forgotten == words
    assert (again.labels.labels == once.labels.labels).all()


@pytest.mark.parametrize(
    ("point", "kind", "name"),
    [
        ((1e4, 0.0, 0.0), "portal", ""),
        (None, "portal", "middle"),
        (None, "not_a_vessel", "left"),
    ],
)
def test_words_on_nothing_are_refused(
    phantom: LabelVolume,
    before: VesselAnatomy,
    forked: int,
    point: tuple[float, float, float] | None,
    kind: str,
    name: str,
) -> None:
    place = point or branch_middle_lps_mm(before.trees, forked)
    with pytest.raises(LabelError):
        snapped_words(phantom, [BranchWord(point_lps_mm=place, kind=kind, name=name)])  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [0, -3, 10_000])
def test_a_branch_that_is_not_there_is_refused(before: VesselAnatomy, number: int) -> None:
    with pytest.raises(LabelError, match="no branch"):
        branch_middle_lps_mm(before.trees, number)
