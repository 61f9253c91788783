"""The cases in the served folder, as they are now: folders may appear, change and vanish while the server runs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from engine.anatomy import LIVER, is_tumour, structure_named
from engine.case import MANIFEST_FILE, Case, find_cases
from engine.errors import CantlieError, CaseCorruptError, CaseError
from engine.sentences import say
from streaming.protocol import BrokenCase, CaseList, CaseSummary

_Stamp: TypeAlias = tuple[int, int]
"""Time and number of a manifest: another one whenever it is written."""

_GONE: Final[_Stamp] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A case folder as it was when its manifest had this stamp."""

    stamp: _Stamp
    case: Case | None
    error: CantlieError | None


class Catalogue:
    """Reads the folder anew at every question; manifests that did not change are not read again. Blocks.

    Args:
        folder: of cases, or one case.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[Path, _Seen] = {}

    def list(self) -> CaseList:
        """All cases, and the broken ones with what is wrong."""
        summaries: dict[str, CaseSummary] = {}
        broken: list[BrokenCase] = []
        for path, seen in self._look().items():
            error = seen.error
            if seen.case is not None:
                summary = _summary(seen.case)
                if summary.case_id not in summaries:
                    summaries[summary.case_id] = summary
                    continue
                error = CaseCorruptError(
                    "This is a copy of another case in the folder.", cure="Move one of the two elsewhere."
                )
            if error is not None:
                broken.append(BrokenCase(case_id=_folder_id(path), message=error.what, cure=error.cure))
        return CaseList(cases=tuple(summaries.values()), broken=tuple(broken))

    def find(self, case_id: str) -> Case:
        """The case with this id.

        Raises:
            CaseError: there is no such case, or it is broken.
        """
        for path, seen in self._look().items():
            if seen.case is not None and seen.case.manifest.case_id == case_id:
                return seen.case
            if seen.error is not None and _folder_id(path) == case_id:
                raise seen.error
        raise CaseError(say("no_case"), cure="Choose one from the start page.")

    def news_of(self, case: Case) -> _Stamp | None:
        """What tells the folder of the case from what it was when the case was opened; None while it is the same."""
        seen, stamp = self._seen.get(case.path), _stamp(case.path)
        return None if seen is not None and seen.case is case and seen.stamp == stamp else stamp

    def damage_at(self, path: Path) -> CaseCorruptError | None:
        """What was wrong with the case in a folder at the last look, if there was one and it was damaged."""
        seen = self._seen.get(path)
        return seen.error if seen is not None and isinstance(seen.error, CaseCorruptError) else None

    def _look(self) -> dict[Path, _Seen]:
        self._seen = {path: self._see(path) for path in find_cases(self._folder)}
        return self._seen

    def _see(self, path: Path) -> _Seen:
        stamp = _stamp(path)
        if stamp == _GONE:  # vanished just now
            return _Seen(stamp=stamp, case=None, error=CaseError("The case is gone.", cure="Reload the page."))
        known = self._seen.get(path)
        if known is not None and known.stamp == stamp:
            return known
        try:
            return _Seen(stamp=stamp, case=Case.open(path), error=None)
        except CantlieError as error:
            return _Seen(stamp=stamp, case=None, error=error)


def _stamp(path: Path) -> _Stamp:
    try:
        status = (path / MANIFEST_FILE).stat()
    except OSError:
        return _GONE
    return status.st_mtime_ns, status.st_ino


def _summary(case: Case) -> CaseSummary:
    manifest = case.manifest
    liver = next((one for one in manifest.structures if one.name == LIVER.name), None)
    return CaseSummary(
        case_id=manifest.case_id,
        title=manifest.title,
        created_at=manifest.created_at,
        liver_ml=liver.volume_ml if liver else None,
        tumour_count=sum(is_tumour(structure_named(one.name)) for one in manifest.structures),
        structure_count=len(manifest.structures),
        warnings=manifest.provenance.warnings,
    )


def _folder_id(path: Path) -> str:
    """An id for a folder whose manifest cannot be believed; its name may be a patient's and stays here."""
    return f"folder-{hashlib.sha256(path.name.encode()).hexdigest()[:12]}"
