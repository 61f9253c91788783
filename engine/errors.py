"""One error tree for the engine. The command line turns every leaf into one plain line and exit code 2.

    CantlieError
    ├── ScanError               the scan cannot be used
    │   ├── EmptyScanError          nothing readable in the path
    │   ├── UnreadableFileError     truncated, zero bytes, not what its name says
    │   ├── UnsupportedScanError    wrong modality, 2D, secondary capture, colour
    │   ├── AmbiguousSeriesError    several series fit; lists them
    │   ├── SliceGeometryError      missing slices, uneven gaps, tilt
    │   └── HostileInputError       absurd header, bomb, path traversal
    ├── LabelError              a given segmentation cannot be used
    │   └── GridMismatchError       it lies on another grid
    ├── CaseError               a case folder cannot be used
    │   ├── CaseVersionError        written by a newer version
    │   └── CaseCorruptError        files missing or damaged
    ├── PlanError               a resection plan cannot be evaluated
    ├── ClinicalInputError      body data, a threshold or a date makes no sense
    ├── RegistrationError       two scans could not be brought over each other
    ├── MeshError               a surface could not be made closed
    ├── SegmentationError       the network could not run
    │   └── WeightsError            weights missing or not matching their card
    ├── TrainingError           a training cannot go on
    │   ├── TrainingDivergedError   its loss is not finite
    │   └── DeviceMemoryError       the GPU is too small for it
    ├── StorageError            disk full, no permission
    └── OperationCancelledError the person stopped it

Messages never carry patient data: no file names of patients, no DICOM values that identify.
Every error says what happened and, in `cure`, what the person can do.
"""

from __future__ import annotations

from engine.sentences import cure_of


class CantlieError(Exception):
    """Base of all errors a person should read.

    Args:
        what: what happened, in one plain sentence without patient data; best by its code (`engine.sentences.say`).
        cure: what the person can do about it; a sentence that is said by its code brings its own.
    """

    def __init__(self, what: str, *, cure: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure or cure_of(what)

    def __str__(self) -> str:
        return f"{self.what} {self.cure}".strip()


class ScanError(CantlieError):
    """The scan cannot be used."""


class EmptyScanError(ScanError):
    """Nothing readable was found."""


class UnreadableFileError(ScanError):
    """A file is truncated, empty or not what its name says."""


class UnsupportedScanError(ScanError):
    """The data are readable but no abdominal CT volume."""


class AmbiguousSeriesError(ScanError):
    """Several series fit and the person has to choose one."""


class SliceGeometryError(ScanError):
    """Slices are missing, unevenly spaced, tilted or doubled."""


class HostileInputError(ScanError):
    """The input asks for absurd resources or leaves its folder."""


class LabelError(CantlieError):
    """A given segmentation cannot be used."""


class GridMismatchError(LabelError):
    """A given segmentation lies on another grid than the scan."""


class CaseError(CantlieError):
    """A case folder cannot be used."""


class CaseVersionError(CaseError):
    """A case was written by a newer version."""


class CaseCorruptError(CaseError):
    """Files of a case are missing or damaged."""


class PlanError(CantlieError):
    """A resection plan cannot be evaluated."""


class ClinicalInputError(CantlieError):
    """Body data, a threshold or a date that a person entered makes no sense."""


class RegistrationError(CantlieError):
    """Two scans could not be brought over each other."""


class MeshError(CantlieError):
    """A surface could not be made closed and manifold."""


class SegmentationError(CantlieError):
    """The network could not run."""


class WeightsError(SegmentationError):
    """Weights are missing or do not match their card."""


class TrainingError(CantlieError):
    """A training cannot go on."""


class TrainingDivergedError(TrainingError):
    """The loss of a training is not finite any more."""


class DeviceMemoryError(TrainingError):
    """The GPU has not enough memory."""


class StorageError(CantlieError):
    """The disk is full or may not be written."""


class OperationCancelledError(CantlieError):
    """The person stopped the work."""
