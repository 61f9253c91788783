"""A correction of a case: labels put right, and only what follows from them made anew.

With `engine.pipeline` the only module that knows the stages; each is imported when it is reached.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from engine.anatomy import LIVER, structures_present
from engine.branch_words import branch_middle_lps_mm, heard_anatomy, snapped_words, words_beyond
from engine.case import Case
from engine.case_manifest import AnatomyRecord, BranchWord, CorrectionRecord, FieldRecord, StructureRecord
from engine.case_patch import CasePatch, only_one
from engine.case_records import StructureRecords, anatomy_record
from engine.field import DistanceField
from engine.label_correction import LabelCorrection, changed_structures, corrected_labels
from engine.progress import Progress, SilentProgress
from engine.surface import MeshLevel
from engine.tumours import measure_tumours
from engine.volume import LabelVolume

if TYPE_CHECKING:
    from engine.vessels import VesselAnatomy

_VESSELS: Final = frozenset({LIVER.name, "portal_vein", "hepatic_veins", "inferior_vena_cava"})
"""Trees, territories and segments follow from these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchWish:
    """A person's word on a vessel branch.

    Attributes:
        at: the branch's number as `cantlie anatomy --branches` lists it, or a point near it, patient LPS mm.
        kind: "portal", "hepatic" or "not_a_vessel".
        name: one of `PORTAL_NAMES` or `HEPATIC_NAMES`; empty to leave the name to the program.
    """

    at: int | tuple[float, float, float]
    kind: Literal["portal", "hepatic", "not_a_vessel"]
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionWish:
    """What a person asks for.

    Attributes:
        labels: a file or folder of masks; every structure in it takes the place of the one of that name.
        label_map: a built-in label table or the path of one, for `labels`.
        resample_labels: take labels on another lattice by the nearest voxel instead of refusing them.
        removed: names of structures to take out.
        renamed: (old, new) names.
        branches: which tree vessel branches are of, and their names.
    """

    labels: Path | None = None
    label_map: str | None = None
    resample_labels: bool = False
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    branches: tuple[BranchWish, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedCase:
    """The case after a correction.

    Attributes:
        case: at its new revision, or as it was where nothing changed.
        changed: names of the structures whose voxels differ, came or went.
        warnings: what the person should know, without patient data.
        heard: words on branches that were taken in.
    """

    case: Case
    changed: tuple[str, ...]
    heard: tuple[BranchWord, ...] = ()
    warnings: tuple[str, ...] = ()


def correct_case(
    path: Path,
    wish: CorrectionWish,
    progress: Progress | None = None,
    *,
    corrected_at: datetime | None = None,
) -> CorrectedCase:
    """Corrects the labels of a case in place, all or nothing; a server that has it open shows the new revision.

    Surfaces are made for structures whose voxels changed, trees and territories if liver or vessels changed, and
    distance fields if liver or tumours changed. All other files stay, and with them what clients have of them.

    Args:
        path: the case folder.
        wish: what to change.
        progress: told stages and fractions; may raise to stop, which leaves the case as it was.
        corrected_at: when; now by default.

    Raises:
        CaseError: no case, a damaged one, or another correction of it is under way.
        LabelError: the labels cannot be used or leave no liver.
        MeshError: the liver has no closed surface.
        StorageError: the disk is full or may not be written.
    """
    report = progress or SilentProgress()
    Case.open(path)
    with only_one(path):
        case = Case.open(path)
        old = case.labels()
        given, warnings = _given(wish, old, report)
        correction = LabelCorrection(given=given, removed=wish.removed, renamed=wish.renamed)
        report.stage("Correcting the labels")
        labels = corrected_labels(old, correction)
        words = _words(case, wish, labels)
        report.advance(1.0)
        with CasePatch(case) as patch:
            update = _Update(case, labels, patch, report)
            update.listen(words)
            if not update.changed and not words:
                return CorrectedCase(case=case, changed=(), warnings=warnings)
            record = CorrectionRecord(
                revision=case.manifest.revision + 1,
                corrected_at=(corrected_at or datetime.now(UTC)).isoformat(timespec="seconds"),
                given=() if given is None else _names_in(given),
                removed=wish.removed,
                renamed=wish.renamed,
                branches=words,
                changed=tuple(sorted(update.changed)),
            )
            case = patch.finish(update.changes(record))
        return CorrectedCase(case=case, changed=record.changed, heard=words, warnings=(*warnings, *update.warnings))


def _words(case: Case, wish: CorrectionWish, labels: LabelVolume) -> tuple[BranchWord, ...]:
    if not wish.branches:
        return ()
    trees = case.vessel_trees()
    words = [
        BranchWord(
            point_lps_mm=branch_middle_lps_mm(trees, one.at) if isinstance(one.at, int) else one.at,
            kind=one.kind,
            name=one.name,
        )
        for one in wish.branches
    ]
    return words_beyond(labels, trees, snapped_words(labels, words))


def _given(wish: CorrectionWish, old: LabelVolume, report: Progress) -> tuple[LabelVolume | None, tuple[str, ...]]:
    if wish.labels is None:
        return None, ()
    from engine.imaging import LabelOptions, read_labels

    report.stage("Reading the given labels")
    options = LabelOptions(table=wish.label_map, resample=wish.resample_labels)
    given = read_labels(wish.labels, old.geometry, options, progress=report)
    report.advance(1.0)
    return given.labels, given.warnings


def _names_in(given: LabelVolume) -> tuple[str, ...]:
    """Structures that a person gave: the liver only where its parenchyma is there, not with every lesion in it."""
    values = set(np.unique(given.labels).tolist())
    names = [structure.name for structure in structures_present(values)]
    return tuple(name for name in names if name != LIVER.name or LIVER.label_values[0] in values)


class _Update:
    """What follows from new labels."""

    def __init__(self, case: Case, labels: LabelVolume, patch: CasePatch, report: Progress) -> None:
        self.warnings: list[str] = []
        self.changed = changed_structures(case.labels(), labels)
        self._case = case
        self._labels = labels
        self._patch = patch
        self._report = report
        self._anatomy: VesselAnatomy | None = None

    def listen(self, words: tuple[BranchWord, ...]) -> None:
        """Follows the vessels anew where they changed or a person said something of them.

        Args:
            words: the new ones; those said before still hold.
        """
        manifest = self._case.manifest
        if manifest.anatomy is None or not (words or self.changed & _VESSELS):
            return
        before = tuple(word for record in manifest.corrections for word in record.branches)
        self._report.stage("Following vessels")
        heard = heard_anatomy(
            self._labels,
            (*before, *words),
            self._case.probability(),
            scan=self._case.scan(),
            progress=self._report,
        )
        self._anatomy = heard.anatomy
        self.warnings.extend(heard.anatomy.warnings)
        if any(word.kind != "not_a_vessel" for word in heard.forgotten):
            self.warnings.append("Something said of a branch earlier holds no more: no vessel is there now.")
        if words:
            # Nothing but a person's word on branches changes whose voxels are whose.
            self._labels = heard.labels
            self.changed = changed_structures(self._case.labels(), self._labels)

    def changes(self, record: CorrectionRecord) -> dict[str, Any]:
        """The fields of the manifest that are new; writes the files they name."""
        manifest = self._case.manifest
        self._report.stage("Saving volumes")
        changes: dict[str, Any] = {"corrections": (*manifest.corrections, record)}
        if self.changed:
            changes["labels"] = self._patch.files.save_array("volumes/labels", self._labels.labels)
        self._report.advance(1.0)
        if self._anatomy is not None:
            changes["anatomy"] = self._anatomy_record(self._anatomy)
        changes["structures"] = self._structures()
        if any(name == LIVER.name or name.startswith("tumour_") for name in self.changed):
            changes["fields"] = self._fields()
        known = manifest.provenance.warnings
        new = tuple(warning for warning in self.warnings if warning not in known)
        changes["provenance"] = manifest.provenance.model_copy(update={"warnings": (*known, *new)})
        return changes

    def _anatomy_record(self, anatomy: VesselAnatomy) -> AnatomyRecord:
        variants = [variant.sentence for variant in anatomy.variants]
        voxel_ml = self._labels.geometry.voxel_volume_ml
        return anatomy_record(self._patch.files, anatomy.trees, anatomy.liver_map, variants, voxel_ml)

    def _structures(self) -> tuple[StructureRecord, ...]:
        """Records in catalogue order; those whose voxels are the same keep theirs, files and all."""
        from engine.surface_workers import build_surfaces

        self._report.stage("Building surfaces")
        kept = {one.name: one for one in self._case.manifest.structures if one.name not in self.changed}
        present = structures_present(set(np.unique(self._labels.labels).tolist()))
        wanted = [structure for structure in present if structure.name not in kept]
        built: dict[str, tuple[MeshLevel, ...]] = {}
        with closing(build_surfaces(self._labels, wanted)) as surfaces:
            for surface in surfaces:
                structure = surface.structure
                if surface.problem is not None and structure.name == LIVER.name:
                    raise surface.problem
                self.warnings.extend(surface.remarks)
                built[structure.name] = surface.levels
                self._report.advance(len(built) / len(wanted), structure.title)
        sizes = {measure.name: measure for measure in measure_tumours(self._labels)}
        records = StructureRecords(self._patch.files, self._labels)
        return tuple(
            kept[structure.name]
            if structure.name in kept
            else records.add(structure, built[structure.name], size=sizes.get(structure.name))
            for structure in present
        )

    def _fields(self) -> tuple[FieldRecord, ...]:
        from engine.resection.fields import liver_distance_field, tumour_distance_field

        self._report.stage("Measuring distances")
        makers: dict[str, Callable[[LabelVolume], DistanceField | None]] = {
            "liver": liver_distance_field,
            "tumour": tumour_distance_field,
        }
        before = {record.name: record for record in self._case.manifest.fields}
        after = []
        for name, make in makers.items():
            field = make(self._labels)
            if field is not None:
                record = self._patch.files.save_field(name, field)
                old = before.get(name)
                after.append(old if old is not None and _is_same(old, record) else record)
        self._report.advance(1.0)
        return tuple(after)


def _is_same(old: FieldRecord, new: FieldRecord) -> bool:
    return old.model_copy(update={"file": new.file}) == new
