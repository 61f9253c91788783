"""A new revision of a case in its own folder: new files beside the old ones, then the manifest in one step.

Whoever reads the case meanwhile, above all a running server, finds either revision whole. Files of the revision
before stay until the next one, for those who are still reading them; the plans in `session/` are not touched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from engine.case import MANIFEST_FILE, Case, files_of
from engine.case_files import CaseFiles
from engine.case_manifest import CaseManifest
from engine.errors import CaseError
from engine.storage import storage_errors

_FOLDERS: Final = ("volumes", "fields", "meshes")
LOCK_FILE: Final = ".correcting"


class CasePatch:
    """Use as a context manager: save through `files`, then `finish`; leaving without it removes what was saved.

    Args:
        case: the revision to start from.
    """

    def __init__(self, case: Case) -> None:
        """Reads nothing and writes nothing yet."""
        self.revision = case.manifest.revision + 1
        self.files = CaseFiles(case.path, f"_r{self.revision}")
        self._case = case
        self._before = self._listed()

    def __enter__(self) -> Self:
        """Makes the folders that an empty case may lack.

        Raises:
            StorageError: the place cannot be written.
        """
        with storage_errors():
            for name in _FOLDERS:
                (self._case.path / name).mkdir(exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Removes what was saved and not finished."""
        for path in self._listed() - self._before:
            path.unlink(missing_ok=True)

    def finish(self, changes: Mapping[str, Any]) -> Case:
        """Puts the new manifest in place of the old one and opens the case.

        Args:
            changes: fields of the manifest that are new.

        Raises:
            StorageError: the disk is full or may not be written.
        """
        path = self._case.path
        manifest = CaseManifest.model_validate(
            {**dict(self._case.manifest), **changes, "format_version": 3, "revision": self.revision}
        )
        with storage_errors():
            unfinished = path / f".{MANIFEST_FILE}.part"
            unfinished.write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
            unfinished.replace(path / MANIFEST_FILE)
        self._before = self._listed()  # from here on they are the case's
        in_use = {record.file for one in (manifest, self._case.manifest) for record in files_of(one)}
        for stale in self._before:
            if stale.relative_to(path).as_posix() not in in_use:
                with suppress(OSError):
                    stale.unlink()
        return Case(path=path, manifest=manifest)

    def _listed(self) -> set[Path]:
        folders = (self._case.path / name for name in _FOLDERS)
        return {path for folder in folders if folder.is_dir() for path in folder.iterdir()}


@contextmanager
def only_one(path: Path) -> Iterator[None]:
    """Holds the case at the path for one correction; the lock ends with the process, however it ends.

    Raises:
        CaseError: another correction of the case is under way.
        StorageError: the place cannot be written.
    """
    with storage_errors():
        stream = (path / LOCK_FILE).open("w")
    with stream:
        if not _locked(stream.fileno()):
            raise CaseError("The case is being corrected already.", cure="Wait until that is done.")
        yield


def _locked(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:  # no such locks on this system: people have to take turns
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
