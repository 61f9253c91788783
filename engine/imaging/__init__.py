"""Readers and writers of scans and segmentations, one format per file; de-identification on the way in."""

from engine.imaging.dicom_write import write_dicom_series
from engine.imaging.given_labels import read_given_labels, read_labels, read_labels_on_own_grid
from engine.imaging.label_import import GivenLabels, LabelOptions
from engine.imaging.nifti import write_nifti
from engine.imaging.nrrd import write_nrrd
from engine.imaging.scan_read import ScanProvenance, ScanRead
from engine.imaging.scan_reader import read_scan
from engine.imaging.seg_nrrd import write_seg_nrrd

__all__ = [
    "GivenLabels",
    "LabelOptions",
    "ScanProvenance",
    "ScanRead",
    "read_given_labels",
    "read_labels",
    "read_labels_on_own_grid",
    "read_scan",
    "write_dicom_series",
    "write_nifti",
    "write_nrrd",
    "write_seg_nrrd",
]
