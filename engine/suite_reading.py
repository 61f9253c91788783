"""What a suite compares: the answer for a scan, computed or prepared, and the reference it is measured by."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import structure_named, structures_present
from engine.case import Case
from engine.errors import LabelError
from engine.evaluation.evaluate import ALL_TUMOURS
from engine.evaluation.score_case import CasePrediction, CaseReference
from engine.evaluation.suite_folder import SuiteEntry
from engine.geometry import VolumeGeometry
from engine.labelling import TUMOURS, VENOUS_SYSTEM
from engine.progress import Progress
from engine.volume import LabelVolume, ScanVolume


@dataclass(slots=True, kw_only=True, eq=False)
class SuiteAnswer:
    """What there is about a scan.

    Attributes:
        scan: the CT.
        prediction: what is scored.
        network: names and versions, or who else drew the labels.
        device: where the networks ran.
        warnings: sentences for the person.
        seconds: how long each stage took; stages still to come are added.
    """

    scan: ScanVolume
    prediction: CasePrediction
    network: str = ""
    device: str = ""
    warnings: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)


def answer_for_scan(entry: SuiteEntry, progress: Progress, *, device: str, fast: bool) -> SuiteAnswer:
    """The whole path from the scan to labels, vessels and segments.

    Raises:
        CantlieError: see `read_scan`, `segment` and `analyse`.
    """
    from engine.imaging import read_scan
    from engine.segmentation import segment
    from engine.vessels import analyse

    seconds: dict[str, float] = {}
    with timed(seconds, "Reading the scan", progress):
        read = read_scan(entry.scan, series=entry.series, progress=progress)
    segmentation = segment(read.scan, device=device, fast=fast, progress=progress)
    seconds |= {f"Segmenting {name}": round(float(took), 3) for name, took in segmentation.stage_seconds.items()}
    with timed(seconds, "Following vessels", progress):
        anatomy = analyse(segmentation.labels, segmentation.probability, scan=read.scan, progress=progress)
    return SuiteAnswer(
        scan=read.scan,
        prediction=CasePrediction(
            labels=anatomy.labels, liver_map=anatomy.liver_map, probability=segmentation.probability
        ),
        network=segmentation.network,
        device=segmentation.device,
        warnings=(*read.warnings, *segmentation.warnings, *anatomy.warnings),
        seconds=seconds,
    )


def prepared_answer(path: Path) -> SuiteAnswer:
    """What a prepared case holds.

    Raises:
        CaseError: no case at the path, or a damaged one.
    """
    case = Case.open(path)
    provenance = case.manifest.provenance
    return SuiteAnswer(
        scan=case.scan(),
        prediction=CasePrediction(labels=case.labels(), liver_map=case.liver_map(), probability=case.probability()),
        network=provenance.segmentation.network or provenance.segmentation.method,
        device=provenance.segmentation.device,
        warnings=provenance.warnings,
        seconds=dict(provenance.stage_seconds),
    )


def read_reference(entry: SuiteEntry, geometry: VolumeGeometry) -> CaseReference:
    """The reference on the scan's grid.

    Raises:
        LabelError: unreadable, of another grid, or of unknown structures.
    """
    from engine.imaging import LabelOptions, read_labels

    given = read_labels(entry.reference, geometry, LabelOptions(table=entry.label_map, resample=entry.resample))
    declared = (_declared(entry.reference, given.labels) | set(entry.holds)) - set(entry.leave_out)
    unknown = sorted(name for name in declared if name != ALL_TUMOURS and not _is_structure(name))
    if unknown:
        raise LabelError(
            "The suite says that the reference holds a structure that is not known.", cure="See docs/evaluation.md."
        )
    return CaseReference(
        labels=given.labels,
        declared=frozenset(declared),
        couinaud=None if entry.couinaud is None else _read_couinaud(entry.couinaud, geometry),
    )


def _is_structure(name: str) -> bool:
    try:
        structure_named(name)
    except KeyError:
        return False
    return True


def _declared(path: Path, labels: LabelVolume) -> set[str]:
    """Structures that a reference holds: those with voxels, and every mask of a folder even if it is empty."""
    from engine.imaging.label_import import stem_of
    from engine.structure_names import LIVER_VESSELS, structure_name_of

    names = {structure.name for structure in structures_present(set(np.unique(labels.labels).tolist()))}
    if path.is_dir():
        named = {structure_name_of(stem_of(file)) for file in path.iterdir() if file.is_file()} - {None}
        if LIVER_VESSELS in named:
            # Vessels of one class say nothing about which tree they belong to.
            names -= {"portal_vein", "hepatic_veins"}
        united: Mapping[str | None, tuple[str, ...]] = {
            VENOUS_SYSTEM: ("hepatic_veins", "inferior_vena_cava"), TUMOURS: (ALL_TUMOURS,), LIVER_VESSELS: (),
        }  # fmt: skip
        names |= {own for name in named for own in united.get(name, (name,)) if own is not None}
    instances = {name for name in names if name.startswith("tumour_")}
    return names - instances | ({ALL_TUMOURS} if instances else set())


def _read_couinaud(path: Path, geometry: VolumeGeometry) -> NDArray[np.uint8]:
    """(k, j, i) segments 1 to 8 on the scan's grid.

    Raises:
        LabelError: other values.
        GridMismatchError: another grid.
    """
    from engine.imaging.label_import import read_label_values
    from engine.imaging.regrid import regrid

    values, own = read_label_values(path)
    if int(values.max(initial=0)) > 8:
        raise LabelError("The map of segments has values over 8.", cure="Give Couinaud segments as 1 to 8.")
    moved: NDArray[Any] = regrid(values.astype(np.uint8), own, geometry, resample=False).array
    return np.ascontiguousarray(moved)


@contextmanager
def timed(seconds: dict[str, float], name: str, progress: Progress) -> Iterator[None]:
    """Tells a stage and remembers how long it took."""
    progress.stage(name)
    started = time.perf_counter()
    yield
    progress.advance(1.0)
    seconds[name] = round(time.perf_counter() - started, 3)
