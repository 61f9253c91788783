"""Assets by the sha256 of their bytes: kept beside the case where that may be written, in memory otherwise."""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import re
from collections import OrderedDict
from collections.abc import Collection, Iterable
from pathlib import Path
from threading import Lock
from typing import Final, TypeAlias

LENT_BYTES: Final = 64 * 1024 * 1024
"""Of assets that pass: pictures and parts of a plan that nobody looks at for long."""
_NAME: Final = re.compile(r"[0-9a-f]{64}")
_Bytes: TypeAlias = bytes | mmap.mmap


class AssetStore:
    """Bytes by content hash. Writing may block; reading is from memory or the page cache.

    Args:
        folder: where to keep them; None keeps them in memory.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._assets: dict[str, _Bytes] = {}
        self._lent: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def put(self, data: bytes) -> str:
        """Keeps the bytes and returns their sha256."""
        digest = hashlib.sha256(data).hexdigest()
        if digest not in self._assets:
            self._assets[digest] = self._keep(digest, data)
        return digest

    def lend(self, data: bytes) -> str:
        """Keeps the bytes in memory until newer ones need the room, and returns their sha256; safe in any thread."""
        digest = hashlib.sha256(data).hexdigest()
        with self._lock:
            self._lent[digest] = data
            self._lent.move_to_end(digest)
            while len(self._lent) > 1 and sum(map(len, self._lent.values())) > LENT_BYTES:
                self._lent.popitem(last=False)
        return digest

    def has(self, digests: Iterable[str]) -> bool:
        """Whether all of them can still be read; what was lent counts as used again."""
        with self._lock:
            for digest in digests:
                if digest in self._lent:
                    self._lent.move_to_end(digest)
                elif digest not in self._assets:
                    return False
        return True

    def load(self, digest: str) -> bool:
        """Takes an asset kept earlier; False if it is not there or damaged."""
        if digest in self._assets:
            return True
        if self._folder is None:
            return False
        with contextlib.suppress(OSError, ValueError):
            mapped = _map(self._folder / digest)
            if hashlib.sha256(mapped).hexdigest() == digest:
                self._assets[digest] = mapped
                return True
        return False

    def size(self, digest: str) -> int | None:
        """Bytes of the asset; None if there is no such asset."""
        asset = self._assets.get(digest) or self._lent.get(digest)
        return None if asset is None else len(asset)

    def read(self, digest: str, offset: int = 0, length: int | None = None) -> bytes:
        """A piece of an asset.

        Raises:
            KeyError: there is no such asset.
        """
        asset = self._assets.get(digest) or self._lent[digest]
        return bytes(asset[offset : len(asset) if length is None else offset + length])

    def prune(self, wanted: Collection[str]) -> None:
        """Deletes the files of all other assets; what is loaded can be read on."""
        if self._folder is None:
            return
        with contextlib.suppress(OSError):
            for path in self._folder.iterdir():
                if _NAME.fullmatch(path.name) and path.name not in wanted:
                    path.unlink(missing_ok=True)

    def _keep(self, digest: str, data: bytes) -> _Bytes:
        if self._folder is None:
            return data
        path = self._folder / digest
        try:
            self._folder.mkdir(exist_ok=True)
            unfinished = path.with_name(f".{digest}.part")
            unfinished.write_bytes(data)
            unfinished.replace(path)
            return _map(path)
        except OSError:
            self._folder = None  # read-only or full: this is only a cache, so memory has to do
            return data


def _map(path: Path) -> mmap.mmap:
    with path.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
