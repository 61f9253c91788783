"""Writing folders all or nothing, and disk trouble as an error a person can read."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import StorageError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turns an OSError into a StorageError without the path, which may name a patient.

    Raises:
        StorageError: the disk is full, may not be written, or fails.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageError("The disk is full.", cure="Make room and run the command again.") from error
        if error.errno in _FORBIDDEN:
            raise StorageError(
                "The output may not be written: no permission.", cure="Choose another place or change its permissions."
            ) from error
        reason = os.strerror(error.errno) if error.errno else "unknown reason"
        raise StorageError(f"The output cannot be written ({reason}).", cure="Choose another place.") from error


def temporary_sibling(path: Path) -> Path:
    """A hidden folder name beside `path`, on the same disk so that a rename is atomic."""
    return path.parent / f".{path.name}.partial-{uuid.uuid4().hex[:8]}"


def put_in_place(finished: Path, target: Path) -> None:
    """Renames a finished folder to its name; what was there is kept until then and removed afterwards."""
    old = temporary_sibling(target)
    replaces = target.exists()
    if replaces:
        target.rename(old)
    try:
        finished.rename(target)
    except BaseException:
        if replaces:
            old.rename(target)
        raise
    if replaces:
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Gives a temporary folder that becomes `target` at the end, or vanishes on any error.

    Raises:
        StorageError: the disk is full or may not be written.
    """
    temporary = temporary_sibling(target)
    try:
        with storage_errors():
            temporary.mkdir(parents=True)
            yield temporary
            put_in_place(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
