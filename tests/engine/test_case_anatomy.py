import json

import numpy as np
import pytest

from engine.anatomy import LIVER
from engine.case import Case
from engine.case_anatomy import arrays_of_trees, trees_from_arrays
from engine.case_manifest import Provenance, ScanSource, SegmentationSource
from engine.case_writer import CaseWriter
from engine.class_probability import ClassProbability
from engine.errors import CaseCorruptError
from engine.geometry import VolumeGeometry
from engine.liver_map import SEGMENTS, LiverMap
from engine.vessel_tree import VesselBranch, VesselTrees
from engine.volume import LabelVolume, ScanVolume

GEOMETRY = VolumeGeometry.from_parts(
    shape_kji=(8, 9, 10), spacing_ijk_mm=(0.7, 0.8, 2.5), origin_lps_mm=(-10.1, 20.2, 300.3), direction=np.eye(3)
)
BOX = (slice(2, 6), slice(1, 8), slice(3, 9))
SHAPE = (4, 7, 6)
TREES = VesselTrees(
    branches=(
        VesselBranch(
            number=1,
            kind="portal",
            parent=0,
            points_lps_mm=np.array([[0.0, 0, 0], [1, 2, 3.5]]),
            radii_mm=np.array([6.0, 5.5]),
            name="main",
            confidence=0.75,
        ),
        VesselBranch(
            number=2, kind="hepatic", parent=0, points_lps_mm=np.arange(9.0).reshape(3, 3), radii_mm=np.full(3, 4.0)
        ),
        VesselBranch(
            number=3,
            kind="portal",
            parent=1,
            points_lps_mm=np.array([[1, 2, 3.5], [9, 9, 9]]),
            radii_mm=np.array([3.0, 2.0]),
            name="left",
            bridged=True,
        ),
    )
)
RANDOM = np.random.default_rng(3)
LIVER_MAP = LiverMap(
    box=BOX,
    portal_branch=RANDOM.integers(0, 4, SHAPE).astype(np.uint16),
    hepatic_branch=RANDOM.integers(0, 4, SHAPE).astype(np.uint16),
    segment=RANDOM.integers(0, 10, SHAPE).astype(np.uint8),
    uncertain=np.where(RANDOM.random(SHAPE) < 0.3, 255, 0).astype(np.uint8),
)
PROBABILITY = ClassProbability(
    classes=("other", "liver"),
    values=RANDOM.integers(0, 256, (2, 3, 4, 5)).astype(np.uint8),
    geometry=GEOMETRY.cropped((1, 1, 1), (3, 4, 5)),
)


def written(path, *, with_anatomy=True):
    with CaseWriter(path) as writer:
        writer.add_volumes(
            ScanVolume(voxels_hu=np.zeros(GEOMETRY.shape_kji, np.int16), geometry=GEOMETRY),
            LabelVolume(labels=np.ones(GEOMETRY.shape_kji, np.uint8), geometry=GEOMETRY),
        )
        writer.add_structure(LIVER, [])
        if with_anatomy:
            writer.add_anatomy(TREES, LIVER_MAP, ["The right posterior branch leaves the main trunk."])
            writer.add_probability(PROBABILITY)
        return writer.finish(
            provenance=Provenance(
                scan=ScanSource(source_kind="phantom", voxels_sha256="a" * 64),
                segmentation=SegmentationSource(method="phantom"),
            ),
            created_at="2026-01-02T03:04:05+00:00",
        )


def test_trees_read_back_as_they_were_written(tmp_path):
    written(tmp_path / "case")
    trees = Case.open(tmp_path / "case").vessel_trees()
    assert [(b.number, b.kind, b.parent, b.name, b.bridged) for b in trees.branches] == [
        (1, "portal", 0, "main", False),
        (2, "hepatic", 0, "", False),
        (3, "portal", 1, "left", True),
    ]
    for found, made in zip(trees.branches, TREES.branches, strict=True):
        assert np.array_equal(found.points_lps_mm, made.points_lps_mm)
        assert np.array_equal(found.radii_mm, made.radii_mm)
        assert found.confidence == pytest.approx(made.confidence)


def test_a_liver_without_vessels_reads_back_as_no_branches():
    assert trees_from_arrays(arrays_of_trees(VesselTrees(branches=()))).branches == ()


def test_the_liver_map_and_the_probabilities_read_back_as_they_were_written(tmp_path):
    written(tmp_path / "case")
    case = Case.open(tmp_path / "case")
    found = case.liver_map()
    assert found.box == BOX
    for name in ("portal_branch", "hepatic_branch", "segment", "uncertain"):
        assert np.array_equal(getattr(found, name), getattr(LIVER_MAP, name))
    probability = case.probability()
    assert np.array_equal(probability.values, PROBABILITY.values)
    assert probability.classes == PROBABILITY.classes
    assert probability.geometry.matches(PROBABILITY.geometry, tolerance_mm=0.0)
    case.verify()


def test_segment_volumes_are_counted_on_the_map(tmp_path):
    anatomy = written(tmp_path / "case").manifest.anatomy
    voxel_ml = 0.7 * 0.8 * 2.5 / 1000
    assert [record.title for record in anatomy.segments] == ["I", "II", "III", "IVa", "IVb", "V", "VI", "VII", "VIII"]
    for record, segment in zip(anatomy.segments, SEGMENTS, strict=True):
        inside = LIVER_MAP.segment == segment.value
        assert record.volume_ml == pytest.approx(inside.sum() * voxel_ml)
        assert record.uncertain_ml == pytest.approx((inside & (LIVER_MAP.uncertain > 0)).sum() * voxel_ml)
    assert anatomy.variants == ("The right posterior branch leaves the main trunk.",)


def test_a_case_without_anatomy_has_none(tmp_path):
    case = written(tmp_path / "case", with_anatomy=False)
    assert (case.vessel_trees(), case.liver_map(), case.probability()) == (None, None, None)


@pytest.mark.parametrize("name", ["vessel_trees", "liver_map", "probability"])
def test_a_damaged_file_of_the_anatomy_is_named(tmp_path, name):
    written(tmp_path / "case")
    (tmp_path / "case" / "volumes" / f"{name}.npz").write_bytes(b"PK no archive")
    with pytest.raises(CaseCorruptError, match=name):
        getattr(Case.open(tmp_path / "case"), name)()


def test_a_box_that_does_not_fit_its_map_is_damage(tmp_path):
    written(tmp_path / "case")
    manifest = tmp_path / "case" / "manifest.json"
    changed = json.loads(manifest.read_text())
    changed["anatomy"]["box_kji"][0] = [2, 7]
    manifest.write_text(json.dumps(changed))
    with pytest.raises(CaseCorruptError, match="liver_map"):
        Case.open(tmp_path / "case").liver_map()


@pytest.mark.parametrize("break_it", ["parent", "end", "points_lps_mm", "kind"])
def test_trees_that_do_not_fit_together_are_refused(break_it):
    arrays = arrays_of_trees(TREES)
    arrays[break_it] = {
        "parent": np.array([0, 0, 2], np.uint16),  # a portal branch that leaves a hepatic vein
        "end": np.array([2, 5, 9]),
        "points_lps_mm": np.full((7, 3), np.nan),
        "kind": np.array([0, 1, 7], np.uint8),
    }[break_it]
    with pytest.raises(ValueError, match=r"tree|branch|centre"):
        trees_from_arrays(arrays)
