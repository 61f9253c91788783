"""Archives of scans (.zip, .tar, .tar.gz, .tar.xz): unpacked within limits, under names of our own.

The names inside are never used as paths, so nothing can be written outside the folder; a name that tries is
refused all the same, because an archive that tries is no export of a scanner.
"""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final

from engine.errors import HostileInputError, UnreadableFileError
from engine.imaging import limits

_CHUNK: Final = 1024 * 1024
_KEPT_SUFFIXES: Final = (".nii", ".nii.gz", ".nrrd", ".nhdr")
_CURE: Final = "Unpack it yourself and give the folder, or download the archive again."


def is_archive(path: Path) -> bool:
    """Whether the file is a zip or tar archive by its name."""
    return path.name.lower().endswith((".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2"))


def unpack_archive(path: Path, folder: Path) -> tuple[Path, ...]:
    """Unpacks the regular files of an archive into `folder` as 00001, 00002, ...

    Raises:
        HostileInputError: too many or too large files, or a name that leaves the folder.
        UnreadableFileError: truncated, damaged, or locked with a password.
    """
    if path.stat().st_size == 0:
        raise UnreadableFileError("The archive is empty (0 bytes).", cure="Download or copy it again.")
    unpacked: list[Path] = []
    left = limits.MAX_UNPACKED_BYTES
    try:
        for name, size, stream in _members(path):
            _check_member(name, size, len(unpacked))
            target = folder / f"{len(unpacked) + 1:05d}{_kept_suffix(name)}"
            left -= _copy(stream, target, min(left, limits.MAX_FILE_BYTES))
            unpacked.append(target)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError) as error:
        raise UnreadableFileError("The archive is truncated or damaged.", cure=_CURE) from error
    return tuple(unpacked)


def _members(path: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    if path.name.lower().endswith(".zip"):
        yield from _zip_members(path)
    else:
        yield from _tar_members(path)


def _zip_members(path: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if sum(member.file_size for member in members) > limits.MAX_UNPACKED_BYTES:
            raise HostileInputError("The archive unpacks to more than any CT study.", cure=_CURE)
        for member in members:
            if member.flag_bits & 0x1:
                raise UnreadableFileError("The archive is locked with a password.", cure=_CURE)
            try:
                with archive.open(member) as stream:
                    yield member.filename, member.file_size, stream
            except NotImplementedError as error:
                raise UnreadableFileError(
                    "The archive is packed in a way that is not read here.", cure=_CURE
                ) from error


def _tar_members(path: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    # A stream is read once and never seeks, so links inside cannot be followed.
    with tarfile.open(path, mode="r|*") as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.isreg() else None
            if stream is not None:
                yield member.name, member.size, stream


def _check_member(name: str, size: int, already: int) -> None:
    posix = PurePosixPath(name.replace("\\", "/"))
    if posix.is_absolute() or ".." in posix.parts or ":" in posix.parts[0:1]:
        raise HostileInputError("The archive holds a file that would leave its folder.", cure=_CURE)
    if already >= limits.MAX_FILES or size > limits.MAX_FILE_BYTES:
        raise HostileInputError("The archive holds more or larger files than any CT study.", cure=_CURE)


def _copy(stream: IO[bytes], target: Path, most_bytes: int) -> int:
    """Copies a member; what it unfolds to counts, not the size it declares."""
    written = 0
    with target.open("xb") as out:
        while chunk := stream.read(_CHUNK):
            written += len(chunk)
            if written > most_bytes:
                raise HostileInputError("The archive unpacks to more than any CT study.", cure=_CURE)
            out.write(chunk)
    return written


def _kept_suffix(name: str) -> str:
    lowered = name.lower()
    return next((suffix for suffix in reversed(_KEPT_SUFFIXES) if lowered.endswith(suffix)), "")
