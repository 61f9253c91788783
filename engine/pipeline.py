"""From a scan to a case: read, segment or take given labels, vessels and segments, mesh, distance fields, save.

The only module that knows the stages; each is imported when it is reached.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.anatomy import LIVER, Structure, structures_present
from engine.case import Case
from engine.case_manifest import Provenance, ScanSource, SegmentationSource
from engine.case_writer import CaseWriter, check_target
from engine.errors import LabelError
from engine.geometry import VolumeGeometry
from engine.progress import Progress, SilentProgress
from engine.surface import MeshLevel
from engine.tumours import measure_tumours
from engine.volume import LabelVolume, ScanVolume

if TYPE_CHECKING:
    from engine.class_probability import ClassProbability
    from engine.imaging import GivenLabels
    from engine.phantom import PhantomRecipe
    from engine.vessels import VesselAnatomy

_RECORDED_PACKAGES = ("cantlie", "numpy", "SimpleITK", "pydicom", "torch", "monai", "open3d")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareOptions:
    """What a person may choose about preparing a case.

    Attributes:
        labels: given segmentations (a file or a folder of masks) instead of the network.
        label_map: a built-in label table or the path of one, for `labels`.
        resample_labels: take labels on another lattice by the nearest voxel instead of refusing them.
        network: another network on this machine, see `engine.segmentation.adapters`.
        series: the number of a DICOM series where several fit.
        device: "auto", "cpu" or "cuda", for the network.
        fast: let the network work coarser and quicker.
        mirror: let the network look at the mirror image too, which takes twice as long.
        title: what the case is called; a neutral name by default.
        overwrite: replace a case that is already there.
    """

    labels: Path | None = None
    label_map: str | None = None
    resample_labels: bool = False
    network: str | None = None
    series: str | None = None
    device: str = "auto"
    fast: bool = False
    mirror: bool = False
    title: str | None = None
    overwrite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreparedVolumes:
    """What a case is made from once scan and labels are there; `probability` where a network was asked."""

    scan: ScanVolume
    labels: LabelVolume
    scan_source: ScanSource
    segmentation_source: SegmentationSource
    probability: ClassProbability | None = None
    warnings: tuple[str, ...] = ()


class _Stopwatch:
    """Names stages to the person and remembers how long each took."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[Progress]:
        self.progress.stage(name)
        started = time.perf_counter()
        yield self.progress
        self.progress.advance(1.0)
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - started, 3)


def prepare_case(
    scan_path: Path,
    out: Path,
    options: PrepareOptions | None = None,
    progress: Progress | None = None,
    *,
    created_at: datetime | None = None,
) -> Case:
    """Makes a case from a scan on disk.

    Args:
        scan_path: DICOM folder or archive, NIfTI or NRRD.
        out: the case folder to make; whole or not at all.
        options: what the person chose.
        progress: told stages and fractions; may raise to stop.
        created_at: when; now by default.

    Raises:
        CantlieError: see `read_scan`, `read_given_labels`, `segment`, `build_mesh_levels` and `CaseWriter`.
    """
    options = options or PrepareOptions()
    stopwatch = _Stopwatch(progress or SilentProgress())
    check_target(out, overwrite=options.overwrite)
    volumes = _read_and_segment(scan_path, options, stopwatch)
    return _save(volumes, out, options, stopwatch, created_at or datetime.now(UTC))


def prepare_from_volumes(
    volumes: PreparedVolumes,
    out: Path,
    options: PrepareOptions | None = None,
    progress: Progress | None = None,
    *,
    created_at: datetime | None = None,
) -> Case:
    """Makes a case from a scan and labels in memory: phantoms, tests, corrections.

    Raises:
        CantlieError: see `build_mesh_levels` and `CaseWriter`.
    """
    options = options or PrepareOptions()
    stopwatch = _Stopwatch(progress or SilentProgress())
    check_target(out, overwrite=options.overwrite)
    return _save(volumes, out, options, stopwatch, created_at or datetime.now(UTC))


def _read_and_segment(scan_path: Path, options: PrepareOptions, stopwatch: _Stopwatch) -> PreparedVolumes:
    from engine.imaging import read_scan

    with stopwatch.stage("Reading the scan") as progress:
        read = read_scan(scan_path, series=options.series, progress=progress)
    source = ScanSource(**asdict(read.provenance))
    if options.labels is not None:
        with stopwatch.stage("Reading the given labels") as progress:
            given = _given_labels(options.labels, read.scan.geometry, options, progress)
        return PreparedVolumes(
            scan=read.scan,
            labels=given.labels,
            scan_source=source,
            segmentation_source=SegmentationSource(method="given"),
            warnings=(*read.warnings, *given.warnings),
        )
    return _segmented(read.scan, source, read.warnings, options, stopwatch)


def _given_labels(path: Path, geometry: VolumeGeometry, options: PrepareOptions, progress: Progress) -> GivenLabels:
    from engine.imaging import LabelOptions, read_labels

    choices = LabelOptions(table=options.label_map, resample=options.resample_labels)
    given = read_labels(path, geometry, choices, progress=progress)
    if not given.labels.mask_of(LIVER.label_values).any():
        raise LabelError("The given labels have no liver.", cure="Add a mask of the liver (liver.nii.gz).")
    return given


def _segmented(
    scan: ScanVolume,
    source: ScanSource,
    warnings: tuple[str, ...],
    options: PrepareOptions,
    stopwatch: _Stopwatch,
) -> PreparedVolumes:
    # The networks name their own stages to the person, and time them.
    if options.network is not None:
        from engine.segmentation.adapters import segment_with

        segmentation = segment_with(
            options.network, scan, device=options.device, fast=options.fast, progress=stopwatch.progress
        )
    else:
        from engine.segmentation import segment

        segmentation = segment(
            scan, device=options.device, fast=options.fast, mirror=options.mirror, progress=stopwatch.progress
        )
    for name, seconds in segmentation.stage_seconds.items():
        stopwatch.seconds[f"Segmenting {name}"] = round(float(seconds), 3)
    return PreparedVolumes(
        scan=scan,
        labels=segmentation.labels,
        scan_source=source,
        segmentation_source=SegmentationSource(
            method="network", network=segmentation.network, device=segmentation.device
        ),
        probability=segmentation.probability,
        warnings=(*warnings, *segmentation.warnings),
    )


def _save(
    volumes: PreparedVolumes, out: Path, options: PrepareOptions, stopwatch: _Stopwatch, created_at: datetime
) -> Case:
    warnings = list(volumes.warnings)
    with stopwatch.stage("Following vessels") as progress:
        anatomy, labels = _vessel_anatomy(volumes, warnings, progress)
    with CaseWriter(out, overwrite=options.overwrite) as writer:
        with stopwatch.stage("Saving volumes"):
            writer.add_volumes(volumes.scan, labels)
            writer.add_anatomy(anatomy.trees, anatomy.liver_map, [variant.sentence for variant in anatomy.variants])
            if volumes.probability is not None:
                writer.add_probability(volumes.probability)
        present = structures_present(set(np.unique(labels.labels).tolist()))
        with stopwatch.stage("Building surfaces") as progress:
            _add_surfaces(writer, labels, present, warnings, progress)
        with stopwatch.stage("Measuring distances"):
            _add_distance_fields(writer, labels)
        provenance = Provenance(
            scan=volumes.scan_source,
            segmentation=volumes.segmentation_source,
            software=software_versions(),
            stage_seconds=stopwatch.seconds,
            warnings=tuple(warnings),
        )
        return writer.finish(
            provenance=provenance, created_at=created_at.isoformat(timespec="seconds"), title=options.title
        )


def _vessel_anatomy(
    volumes: PreparedVolumes, warnings: list[str], progress: Progress
) -> tuple[VesselAnatomy, LabelVolume]:
    """Trees, territories and segments, and the labels to go on with.

    What a network called portal or hepatic is put right by where the branches lead; a person's labels stay as given.
    """
    from engine.vessels import analyse

    anatomy = analyse(volumes.labels, volumes.probability, scan=volumes.scan, progress=progress)
    warnings.extend(anatomy.warnings)
    found = volumes.segmentation_source.method == "network"
    return anatomy, anatomy.labels if found else volumes.labels


def _add_surfaces(
    writer: CaseWriter,
    labels: LabelVolume,
    present: Sequence[Structure],
    warnings: list[str],
    progress: Progress,
) -> None:
    """Writes the surfaces of all structures in catalogue order; only the liver's may not fail."""
    from engine.surface_workers import build_surfaces

    built: dict[str, tuple[MeshLevel, ...]] = {}
    progress.advance(0.0)
    # Closed at once when the person stops, so that no thread outlives the command by long.
    with closing(build_surfaces(labels, present)) as surfaces:
        for surface in surfaces:
            structure = surface.structure
            if surface.problem is not None and structure.name == LIVER.name:
                raise surface.problem
            warnings.extend(surface.remarks)
            built[structure.name] = surface.levels
            progress.advance(len(built) / len(present), structure.title)
    sizes = {measure.name: measure for measure in measure_tumours(labels)}
    for structure in present:
        writer.add_structure(structure, built[structure.name], size=sizes.get(structure.name))


def _add_distance_fields(writer: CaseWriter, labels: LabelVolume) -> None:
    from engine.resection.fields import liver_distance_field, tumour_distance_field

    for name, field in (("liver", liver_distance_field(labels)), ("tumour", tumour_distance_field(labels))):
        if field is not None:
            writer.add_distance_field(name, field)


def make_phantom_files(out: Path, recipe: PhantomRecipe, progress: Progress | None = None) -> Path:
    """Makes a synthetic scan with known truth and writes it as DICOM, NIfTI, masks and truth.json.

    Raises:
        StorageError: the folder is not empty or cannot be written.
    """
    from engine.imaging import write_dicom_series, write_nifti
    from engine.phantom import PhantomWriters, make_phantom, write_phantom

    phantom = make_phantom(recipe, progress=progress)
    writers = PhantomWriters(nifti=write_nifti, dicom_series=write_dicom_series)
    return write_phantom(out, phantom, writers=writers, progress=progress)


def software_versions() -> dict[str, str]:
    """Versions of what a case's numbers depend on; packages that are not installed are left out."""
    versions = {"python": platform.python_version()}
    for package in _RECORDED_PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions
