"""The stages put together on a small synthetic body; the network stands aside except for one fake answer."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest

from engine import anatomy, pipeline
from engine.case import Case
from engine.case_manifest import ScanSource, SegmentationSource
from engine.errors import CaseError, LabelError, MeshError, OperationCancelledError
from engine.geometry import VolumeGeometry
from engine.imaging import write_dicom_series, write_nifti
from engine.pipeline import PreparedVolumes, PrepareOptions, prepare_case, prepare_from_volumes
from engine.volume import LabelVolume, ScanVolume

GEOMETRY = VolumeGeometry.from_parts(
    shape_kji=(20, 24, 28),
    spacing_ijk_mm=(4.0, 4.0, 5.0),
    origin_lps_mm=(-50, -40, 100),
    direction=[[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]],
)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def ball(centre_kji, radius_mm):
    kji = np.stack(np.meshgrid(*[np.arange(n) for n in GEOMETRY.shape_kji], indexing="ij"), axis=-1)
    distance = np.linalg.norm((kji - np.array(centre_kji)) * GEOMETRY.spacing_kji_mm, axis=-1)
    return distance <= radius_mm


def body():
    labels = np.zeros(GEOMETRY.shape_kji, np.uint8)
    labels[1:-1, 1:-1, 1:-1] = anatomy.BODY
    labels[ball((10, 12, 12), 34)] = anatomy.PARENCHYMA
    labels[ball((10, 12, 12), 10)] = anatomy.FIRST_TUMOUR
    labels[ball((10, 12, 24), 8)] = anatomy.SPLEEN
    hu = np.full(GEOMETRY.shape_kji, -1000, np.int16)
    hu[labels > 0] = 60
    hu[ball((10, 12, 12), 10)] = 20
    return ScanVolume(voxels_hu=hu, geometry=GEOMETRY), LabelVolume(labels=labels, geometry=GEOMETRY)


SCAN, LABELS = body()
VOLUMES = PreparedVolumes(
    scan=SCAN,
    labels=LABELS,
    scan_source=ScanSource(source_kind="phantom", voxels_sha256="b" * 64),
    segmentation_source=SegmentationSource(method="phantom"),
)


class StopAt:
    def __init__(self, stage):
        self.wanted = stage
        self.stages = []

    def stage(self, name):
        self.stages.append(name)
        if name == self.wanted:
            raise OperationCancelledError("stopped")

    def advance(self, fraction, detail=""):
        pass


def test_a_dicom_folder_and_masks_become_a_case_with_the_given_volumes(tmp_path):
    write_dicom_series(tmp_path / "doe^john", SCAN)
    (tmp_path / "masks").mkdir()
    write_nifti(tmp_path / "masks" / "liver.nii.gz", LABELS.mask_of(anatomy.LIVER_VALUES), GEOMETRY)
    write_nifti(tmp_path / "masks" / "tumour_01.nii.gz", LABELS.mask_of((101,)), GEOMETRY)
    progress = StopAt(None)
    prepare_case(
        tmp_path / "doe^john", tmp_path / "case", PrepareOptions(labels=tmp_path / "masks"), progress, created_at=NOW
    )
    case = Case.open(tmp_path / "case")
    case.verify()
    liver = case.manifest.structure("liver")
    assert liver.volume_ml == pytest.approx(LABELS.mask_of(anatomy.LIVER_VALUES).sum() * 0.08)
    assert liver.levels[0].volume_ml == pytest.approx(liver.volume_ml, rel=0.05)
    assert np.array_equal(case.scan().voxels_hu, SCAN.voxels_hu)
    assert [structure.name for structure in case.manifest.structures] == ["liver", "tumour_01"]
    assert case.distance_field("liver").values.size and case.distance_field("tumour").values.size
    provenance = case.manifest.provenance
    assert provenance.segmentation.method == "given"
    assert provenance.scan.modality == "CT"
    assert case.manifest.created_at == "2026-01-02T03:04:05+00:00"
    assert set(provenance.stage_seconds) == set(progress.stages)
    assert "doe" not in (tmp_path / "case" / "manifest.json").read_text().lower()


@pytest.mark.parametrize("stage", ["Saving volumes", "Building surfaces", "Measuring distances"])
def test_stopping_at_any_stage_leaves_nothing(tmp_path, stage):
    with pytest.raises(OperationCancelledError):
        prepare_from_volumes(VOLUMES, tmp_path / "case", progress=StopAt(stage))
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_taken_is_refused_before_any_work(tmp_path):
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "thesis.txt").touch()
    progress = StopAt(None)
    with pytest.raises(CaseError):
        prepare_case(tmp_path / "absent", tmp_path / "case", progress=progress)
    assert progress.stages == []


def test_given_labels_without_a_liver_are_refused(tmp_path):
    write_dicom_series(tmp_path / "series", SCAN)
    write_nifti(tmp_path / "spleen.nii.gz", LABELS.mask_of((anatomy.SPLEEN,)), GEOMETRY)
    with pytest.raises(LabelError, match="no liver"):
        prepare_case(
            tmp_path / "series", tmp_path / "case", PrepareOptions(labels=tmp_path / "spleen.nii.gz"), created_at=NOW
        )
    assert not (tmp_path / "case").exists()


def test_a_surface_that_fails_is_a_warning_but_not_for_the_liver(tmp_path, monkeypatch):
    from engine.meshing import levels

    build = levels.levels_of

    def fails_for(name):
        def failing(surface, structure, **options):
            if structure.name == name:
                raise MeshError("not closed")
            return build(surface, structure, **options)

        return failing

    monkeypatch.setattr(levels, "levels_of", fails_for("spleen"))
    case = prepare_from_volumes(VOLUMES, tmp_path / "case", created_at=NOW)
    assert case.manifest.structure("spleen").levels == ()
    assert case.manifest.structure("spleen").volume_ml > 0
    assert any(re.search("Spleen .*not shown", warning) for warning in case.manifest.provenance.warnings)
    monkeypatch.setattr(levels, "levels_of", fails_for("liver"))
    with pytest.raises(MeshError):
        prepare_from_volumes(VOLUMES, tmp_path / "other", created_at=NOW)
    assert not (tmp_path / "other").exists()


def test_the_networks_labels_and_the_persons_choices_pass_through_unchanged(tmp_path, monkeypatch):
    import engine.segmentation

    touching = LABELS.labels.copy()
    touching[10:, :, :][touching[10:, :, :] == 101] = 102  # two tumours that touch stay two
    asked = {}

    def network(scan, **options):
        asked.update(options)
        labels = LabelVolume(labels=touching, geometry=GEOMETRY)
        return SimpleNamespace(
            labels=labels, probability=None, network="two 1", device="cpu", warnings=("Look.",), stage_seconds={}
        )

    monkeypatch.setattr(engine.segmentation, "segment", network, raising=False)
    write_dicom_series(tmp_path / "series", SCAN)
    case = prepare_case(tmp_path / "series", tmp_path / "case", PrepareOptions(mirror=True), created_at=NOW)
    assert np.array_equal(case.labels().labels, touching)
    assert asked["mirror"] is True
    assert asked["fast"] is False
    assert "Look." in case.manifest.provenance.warnings


def test_versions_of_what_the_numbers_depend_on_are_recorded():
    versions = pipeline.software_versions()
    assert versions["numpy"] == np.__version__
    assert "python" in versions


def vessels_in_a_block():
    """A liver with a portal vein that enters from below and a hepatic vein that leaves at the top, and a tumour."""
    labels = np.zeros((40, 36, 48), np.uint8)
    labels[4:36, 4:32, 4:44] = anatomy.PARENCHYMA
    labels[2:20, 16:19, 12:15] = anatomy.PORTAL_VEIN
    labels[17:20, 16:19, 12:38] = anatomy.PORTAL_VEIN
    labels[:4, 16:19, 12:15] = anatomy.PORTAL_VEIN_EXTRAHEPATIC
    labels[26:36, 20:23, 24:27] = anatomy.HEPATIC_VEINS
    labels[26:29, 20:23, 10:40] = anatomy.HEPATIC_VEINS
    labels[36:, 19:24, 22:29] = anatomy.INFERIOR_VENA_CAVA
    labels[8:12, 8:12, 30:36] = anatomy.FIRST_TUMOUR
    geometry = VolumeGeometry.from_parts(shape_kji=labels.shape, spacing_ijk_mm=(2.0, 2.0, 2.0))
    return PreparedVolumes(
        scan=ScanVolume(voxels_hu=np.zeros(labels.shape, np.int16), geometry=geometry),
        labels=LabelVolume(labels=labels, geometry=geometry),
        scan_source=ScanSource(source_kind="phantom", voxels_sha256="a" * 64),
        segmentation_source=SegmentationSource(method="phantom"),
    )


def test_a_case_knows_its_vessels_territories_segments_and_the_size_of_its_tumours(tmp_path):
    volumes = vessels_in_a_block()
    case = prepare_from_volumes(volumes, tmp_path / "case", created_at=NOW)
    assert np.array_equal(case.labels().labels, volumes.labels.labels), "a truth is not put right"
    trees, liver_map = case.vessel_trees(), case.liver_map()
    assert {branch.kind for branch in trees.branches} == {"portal", "hepatic"}
    liver = volumes.labels.mask_of(anatomy.LIVER_VALUES)
    for array in (liver_map.portal_branch, liver_map.hepatic_branch, liver_map.segment):
        assert np.array_equal(array > 0, liver[liver_map.box]), "every voxel of the liver and no other"
    assert {trees.branches[n - 1].kind for n in np.unique(liver_map.portal_branch[liver_map.portal_branch > 0])} == {
        "portal"
    }
    segments = case.manifest.anatomy.segments
    assert sum(one.volume_ml for one in segments) == pytest.approx(case.manifest.structure("liver").volume_ml)
    tumour = case.manifest.structure("tumour_01")
    assert tumour.longest_axial_mm == pytest.approx(np.hypot(12, 8), abs=2.0)
