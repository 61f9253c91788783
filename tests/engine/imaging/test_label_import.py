"""Segmentations as others write them: DICOM SEG, Slicer, label tables, grids that are not the scan's."""

import json
import struct
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence

from engine import anatomy
from engine.anatomy import structure_named
from engine.errors import GridMismatchError, HostileInputError, LabelError
from engine.geometry import VolumeGeometry
from engine.imaging import LabelOptions, read_labels, write_nifti, write_nrrd, write_seg_nrrd
from engine.imaging.label_import import import_labels
from engine.volume import LabelVolume

GEOMETRY = VolumeGeometry.from_parts(
    shape_kji=(7, 9, 11),
    spacing_ijk_mm=(0.7, 0.8, 2.5),
    origin_lps_mm=(-10, 20, 300),
    direction=[[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]],
)
DEFAULT = LabelOptions()
DATA = Path(__file__).parents[4] / "shared" / "data"


def mask(*boxes, shape=GEOMETRY.shape_kji):
    array = np.zeros(shape, dtype=bool)
    for box in boxes:
        array[box] = True
    return array


LIVER = mask(np.s_[1:6, 2:8, 1:9])
TUMOUR = mask(np.s_[3:5, 3:5, 2:4])
KIDNEY = mask(np.s_[0:3, 8:9, 9:11])


def code(value, meaning, scheme="SCT"):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def seg_item(number, label, kind, *, region=None, side=None):
    item = Dataset()
    item.SegmentNumber, item.SegmentLabel, item.SegmentAlgorithmType = number, label, "MANUAL"
    item.SegmentedPropertyCategoryCodeSequence = Sequence([code("123037004", "Anatomical Structure")])
    item.SegmentedPropertyTypeCodeSequence = Sequence([kind])
    if region is not None:
        item.AnatomicRegionSequence = Sequence([region])
    if side is not None:
        kind.SegmentedPropertyTypeModifierCodeSequence = Sequence([side])
    return item


def write_seg(path, segments, geometry=GEOMETRY, *, kind="BINARY", values=None, skip_empty=True):
    """A SEG written plane by plane in reverse order, with empty planes left out."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = (
        "1.2.840.10008.5.1.4.1.1.66.7" if kind == "LABELMAP" else "1.2.840.10008.5.1.4.1.1.66.4"
    )
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = "2.25.1"
    dataset.Modality, dataset.PatientName, dataset.SegmentationType = "SEG", "DOE^JANE", kind
    dataset.SegmentSequence = Sequence([item for item, _ in segments])
    dataset.Rows, dataset.Columns = geometry.shape_kji[1:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 1 if kind == "BINARY" else 8
    dataset.HighBit, dataset.PixelRepresentation = dataset.BitsAllocated - 1, 0
    if kind == "FRACTIONAL":
        dataset.MaximumFractionalValue, dataset.SegmentationFractionalType = 200, "PROBABILITY"
    shared = Dataset()
    orientation, measures = Dataset(), Dataset()
    orientation.ImageOrientationPatient = [*geometry.direction[:, 0], *geometry.direction[:, 1]]
    measures.PixelSpacing = [geometry.spacing_ijk_mm[1], geometry.spacing_ijk_mm[0]]
    measures.SliceThickness = 1.0
    measures.SpacingBetweenSlices = geometry.spacing_ijk_mm[2]
    shared.PlaneOrientationSequence, shared.PixelMeasuresSequence = Sequence([orientation]), Sequence([measures])
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    frames, groups = [], []
    sources = [(None, values)] if kind == "LABELMAP" else [(item.SegmentNumber, array) for item, array in segments]
    for number, array in sources:
        for k in reversed(range(geometry.shape_kji[0])):
            if skip_empty and not array[k].any():
                continue
            group, position = Dataset(), Dataset()
            position.ImagePositionPatient = list(geometry.lps_from_index((0, 0, k)))
            group.PlanePositionSequence = Sequence([position])
            if number is not None:
                which = Dataset()
                which.ReferencedSegmentNumber = number
                group.SegmentIdentificationSequence = Sequence([which])
            groups.append(group)
            frames.append(array[k].ravel())
    dataset.PerFrameFunctionalGroupsSequence = Sequence(groups)
    dataset.NumberOfFrames = len(frames)
    flat = np.concatenate(frames)
    data = np.packbits(flat, bitorder="little").tobytes() if kind == "BINARY" else flat.astype(np.uint8).tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    dataset.save_as(path, enforce_file_format=True)
    return path


LIVER_ITEM = (seg_item(1, "Segment_1", code("10200004", "Liver")), LIVER)
TUMOUR_ITEM = (seg_item(2, "lesion?", code("4147007", "Mass"), region=code("10200004", "Liver")), TUMOUR)
KIDNEY_ITEM = (seg_item(3, "x", code("64033007", "Kidney"), side=code("24028007", "Right")), KIDNEY)


def expected(*named):
    labels = np.zeros(GEOMETRY.shape_kji, np.uint8)
    for value, array in named:
        labels[array] = value
    return labels


ALL = expected((anatomy.RIGHT_KIDNEY, KIDNEY), (anatomy.PARENCHYMA, LIVER), (101, TUMOUR))


def test_a_binary_dicom_seg_is_read_by_codes_and_places_with_empty_planes_left_out(tmp_path):
    path = write_seg(tmp_path / "seg.dcm", [LIVER_ITEM, TUMOUR_ITEM, KIDNEY_ITEM])
    given_labels = read_labels(path, GEOMETRY)
    assert np.array_equal(given_labels.labels.labels, ALL)
    assert given_labels.warnings == ()


def test_a_dicom_seg_in_a_folder_lands_on_a_flipped_scan_grid(tmp_path):
    write_seg(tmp_path / "seg.dcm", [LIVER_ITEM])
    flipped = np.array(GEOMETRY.lps_from_ijk)
    flipped[:3, 3] = GEOMETRY.lps_from_index((0, 0, 6))
    flipped[:3, 2] *= -1
    target = VolumeGeometry(shape_kji=GEOMETRY.shape_kji, lps_from_ijk=flipped)
    labels = import_labels(tmp_path, target, DEFAULT).labels.labels
    assert np.array_equal(labels == 1, LIVER[::-1])


def test_half_a_voxel_counts_in_a_fractional_seg(tmp_path):
    shares = np.where(LIVER, 100, 99 * TUMOUR[::-1]).astype(np.uint8)
    path = write_seg(tmp_path / "a.dcm", [(LIVER_ITEM[0], shares)], kind="FRACTIONAL")
    assert np.array_equal(import_labels(path, GEOMETRY, DEFAULT).labels.labels == 1, LIVER)


def test_a_label_map_seg_is_read(tmp_path):
    values = LIVER * 1 + TUMOUR * 1
    path = write_seg(tmp_path / "a.dcm", [LIVER_ITEM, TUMOUR_ITEM], kind="LABELMAP", values=values)
    labels = import_labels(path, GEOMETRY, DEFAULT).labels.labels
    assert np.array_equal(labels, expected((1, LIVER), (101, TUMOUR)))


@pytest.mark.parametrize("harm", ["cut", "frames", "nan", "huge", "uneven"])
def test_a_damaged_or_hostile_seg_is_refused_in_plain_words(tmp_path, harm):
    path = write_seg(tmp_path / "a.dcm", [LIVER_ITEM])
    dataset = pydicom.dcmread(path)
    if harm == "cut":
        dataset.PixelData = dataset.PixelData[:4]
    elif harm == "frames":
        dataset.NumberOfFrames = 3
    elif harm == "nan":
        dataset.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence = Sequence([])
    elif harm == "huge":
        dataset.Rows = dataset.Columns = 65535
    else:
        dataset.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0].ImagePositionPatient[2] += 0.9
    dataset.save_as(path)
    with pytest.raises(LabelError) as raised:
        import_labels(path, GEOMETRY, DEFAULT)
    assert "DOE" not in str(raised.value)


@pytest.mark.parametrize("crop", [np.s_[:], np.s_[1:6, 2:9, 1:10]])
def test_a_slicer_segmentation_round_trips_with_overlaps_and_cropping(tmp_path, crop):
    labels = LabelVolume(labels=ALL, geometry=GEOMETRY)
    structures = [structure_named(name) for name in ("liver", "tumour_01", "right_kidney")]
    if crop != np.s_[:]:
        starts = tuple(side.start for side in crop)
        part = np.ascontiguousarray(ALL[crop])
        labels = LabelVolume(labels=part, geometry=GEOMETRY.cropped(starts, part.shape))
    write_seg_nrrd(tmp_path / "a.seg.nrrd", labels, structures)
    back = np.zeros_like(ALL)
    back[crop] = ALL[crop]
    assert np.array_equal(import_labels(tmp_path / "a.seg.nrrd", GEOMETRY, DEFAULT).labels.labels, back)


def test_a_slicer_segmentation_is_understood_by_terminology_where_names_say_nothing(tmp_path):
    write_nrrd(tmp_path / "b.nrrd", LIVER.astype(np.uint8) * 3, GEOMETRY)
    head, data = (tmp_path / "b.nrrd").read_bytes().split(b"\n\n", 1)
    tags = "Segmentation.Status:inprogress|TerminologyEntry:ctx~SCT^123037004^A~SCT^10200004^Liver~^^~x~^^~^^|"
    head += f"\nSegment0_Name:=Segment_1\nSegment0_LabelValue:=3\nSegment0_Layer:=0\nSegment0_Tags:={tags}".encode()
    (tmp_path / "b.seg.nrrd").write_bytes(head + b"\n\n" + data)
    assert np.array_equal(import_labels(tmp_path / "b.seg.nrrd", GEOMETRY, DEFAULT).labels.labels == 1, LIVER)


def test_an_unknown_segment_beside_known_ones_is_a_warning_with_the_nearest_names(tmp_path):
    (tmp_path / "a.toml").write_text('[labels]\n1 = "liver"\n2 = "gallblader x"\n3 = "colon"\n')
    write_nifti(tmp_path / "a.nii.gz", (LIVER * 1 + TUMOUR * 1).astype(np.uint8), GEOMETRY)
    given_labels = import_labels(tmp_path / "a.nii.gz", GEOMETRY, DEFAULT)
    assert "2 (like gallbladder?)" in given_labels.warnings[0]
    assert len(given_labels.warnings) == 1


def test_only_unknown_names_are_an_error_that_lists_them(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"1": "lever", "2": "thing"}))
    write_nifti(tmp_path / "a.nii.gz", LIVER.astype(np.uint8), GEOMETRY)
    with pytest.raises(LabelError, match=r"“lever” \(like liver"):
        import_labels(tmp_path / "a.nii.gz", GEOMETRY, DEFAULT)


def test_a_built_in_table_is_chosen_by_name(tmp_path):
    values = np.where(LIVER, 6, 0).astype(np.uint8) + KIDNEY.astype(np.uint8) * 2
    write_nifti(tmp_path / "a.nii.gz", values, GEOMETRY)
    labels = import_labels(tmp_path / "a.nii.gz", GEOMETRY, LabelOptions(table="amos")).labels.labels
    assert np.array_equal(labels, expected((1, LIVER), (8, KIDNEY)))
    with pytest.raises(LabelError, match="built-in"):
        import_labels(tmp_path / "a.nii.gz", GEOMETRY, LabelOptions(table="amoss"))


def test_an_itk_snap_description_names_the_labels(tmp_path):
    write_nifti(tmp_path / "a.nii.gz", LIVER.astype(np.uint8) * 9, GEOMETRY)
    (tmp_path / "a.label").write_text('# ITK-SnAP\n    0 0 0 0 0 0 0 "Clear Label"\n    9 255 0 0 1 1 1 "Liver"\n')
    assert np.array_equal(import_labels(tmp_path / "a.nii.gz", GEOMETRY, DEFAULT).labels.labels == 1, LIVER)


def test_the_label_table_in_a_nifti_header_is_used(tmp_path):
    write_nifti(tmp_path / "a.nii", LIVER.astype(np.uint8) * 5, GEOMETRY)
    raw = (tmp_path / "a.nii").read_bytes()
    xml = b'<?xml version="1.0"?><CaretExtension><LabelTable><Label Key="5" Red="1"><![CDATA[liver]]></Label>'
    xml += b" " * (-(len(xml) + 8) % 16)
    header = bytearray(raw[:348])
    struct.pack_into("<f", header, 108, 352 + 8 + len(xml))
    extension = b"\1\0\0\0" + struct.pack("<2i", 8 + len(xml), 0) + xml
    (tmp_path / "a.nii").write_bytes(bytes(header) + extension + raw[352:])
    assert np.array_equal(import_labels(tmp_path / "a.nii", GEOMETRY, DEFAULT).labels.labels == 1, LIVER)


def test_vessels_in_one_class_are_kept_with_a_warning(tmp_path):
    write_nifti(tmp_path / "liver.nii.gz", LIVER, GEOMETRY)
    write_nifti(tmp_path / "liver_vessels.nii.gz", TUMOUR, GEOMETRY)
    given_labels = import_labels(tmp_path, GEOMETRY, DEFAULT)
    assert np.array_equal(given_labels.labels.labels == anatomy.HEPATIC_VEINS, TUMOUR)
    assert "one class" in given_labels.warnings[0]


def test_another_lattice_is_refused_and_sampled_only_when_asked(tmp_path):
    fine = GEOMETRY.resampled(GEOMETRY.spacing_ijk_mm / 2)
    write_nifti(tmp_path / "liver.nii.gz", np.kron(LIVER, np.ones((2, 2, 2), np.uint8)), fine)
    with pytest.raises(GridMismatchError, match=r"0\.350.*0\.700"):
        import_labels(tmp_path / "liver.nii.gz", GEOMETRY, DEFAULT)
    given_labels = import_labels(tmp_path / "liver.nii.gz", GEOMETRY, LabelOptions(resample=True))
    assert np.array_equal(given_labels.labels.labels == 1, LIVER)
    assert "nearest" in given_labels.warnings[0]


def test_labels_of_another_place_are_refused_though_the_lattice_is_the_same(tmp_path):
    away = GEOMETRY.cropped((100, 0, 0), GEOMETRY.shape_kji)
    write_nifti(tmp_path / "liver.nii.gz", LIVER, away)
    with pytest.raises(GridMismatchError):
        import_labels(tmp_path / "liver.nii.gz", GEOMETRY, DEFAULT)


def test_what_lies_outside_the_scan_is_said(tmp_path):
    write_nifti(tmp_path / "liver.nii.gz", LIVER, GEOMETRY)
    part = GEOMETRY.cropped((3, 0, 0), (4, 9, 11))
    assert "40.0 %" in import_labels(tmp_path / "liver.nii.gz", part, DEFAULT).warnings[0]


def test_a_hostile_file_is_stopped_in_its_own_process(tmp_path):
    write_seg_nrrd(tmp_path / "a.seg.nrrd", LabelVolume(labels=ALL, geometry=GEOMETRY), [structure_named("liver")])
    with pytest.raises(HostileInputError, match="longer than"):
        read_labels(tmp_path / "a.seg.nrrd", GEOMETRY, timeout_s=0.0)


@pytest.mark.realdata
@pytest.mark.skipif(not DATA.exists(), reason="the shared scans are not here")
def test_totalsegmentators_own_example_is_read_by_its_table():
    folder = DATA / "totalseg_example"
    path = next(folder.glob("example_seg_fast*.nii.gz"))
    labels = import_labels(path, None, LabelOptions(table="totalsegmentator")).labels
    voxels = np.bincount(labels.labels.ravel(), minlength=256)
    assert voxels[anatomy.PARENCHYMA] > 10_000 and voxels[anatomy.INFERIOR_VENA_CAVA] > 100
    assert voxels[anatomy.BONES] > 1000 and voxels[anatomy.LEFT_KIDNEY] > 1000
