"""What reading a scan gives: the volume, where it came from (nobody's name in it), and what to know about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.volume import ScanVolume

SourceKind = Literal["dicom", "nifti", "nrrd"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanProvenance:
    """Where a scan came from, without anything that identifies the patient.

    Attributes:
        source_kind: the file format.
        voxels_sha256: digest of the int16 voxels in (k, j, i) order; the same scan has the same digest.
        modality: "CT" where the file says so, "" where it cannot (NIfTI, NRRD).
        maker: the scanner's maker, or "".
        kernel: the reconstruction kernel, or "".
        phase: the contrast phase if the series names one, or "".
        contrast: whether contrast was given; None where the file does not say.
        slice_thickness_mm: collimated thickness as the scanner gives it; None where it does not.
        tube_voltage_kv: None where the file does not say.
    """

    source_kind: SourceKind
    voxels_sha256: str
    modality: str = ""
    maker: str = ""
    kernel: str = ""
    phase: str = ""
    contrast: bool | None = None
    slice_thickness_mm: float | None = None
    tube_voltage_kv: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScanRead:
    """A scan that was read.

    Attributes:
        scan: the volume.
        provenance: where it came from.
        warnings: sentences for the person, without patient data.
    """

    scan: ScanVolume
    provenance: ScanProvenance
    warnings: tuple[str, ...] = ()
