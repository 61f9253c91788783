"""The process that parses a scan or a segmentation: little memory, no patience, killed with its parent.

Started by `parser_child` as `python -m engine.imaging.parser_process`. It speaks JSON lines on stdout and leaves
the voxels as a .npy file in the scratch folder, so that nothing hostile is ever unpickled by the parent.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import CantlieError, HostileInputError, StorageError, UnreadableFileError
from engine.imaging import limits

VOXELS_FILE = "voxels.npy"


def main() -> None:
    """Parses what the request on stdin names."""
    _confine()
    request = json.loads(sys.stdin.readline())
    # What a library prints could hold a patient's name; only our own messages leave this process.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    for reply in _replies(request, replies):
        _send(replies, reply)


def _replies(request: dict[str, Any], replies: Any) -> list[dict[str, Any]]:
    scratch = Path(request["scratch"])

    def report(fraction: float, detail: str) -> None:
        _send(replies, {"kind": "progress", "fraction": fraction, "detail": detail})

    try:
        return [_labels(request, scratch) if request["task"] == "labels" else _scan(request, scratch, report)]
    except CantlieError as error:
        return [_error(error)]
    except MemoryError:
        return [_error(HostileInputError("Reading needs more memory than any CT should.", cure="Check the file."))]
    except OSError:
        return [_error(StorageError("The file could not be read or unpacked.", cure="Check the disk and permissions."))]
    # Any other exception is a file that the readers did not foresee; its text may quote the file.
    except Exception:
        return [_error(UnreadableFileError("The file is damaged in an unforeseen way.", cure="Export it again."))]


def _scan(request: dict[str, Any], scratch: Path, report: Callable[[float, str], None]) -> dict[str, Any]:
    from engine.imaging.scan_parser import parse_scan

    unpacked = scratch / "unpacked"
    unpacked.mkdir()
    read = parse_scan(Path(request["path"]), series=request["series"], scratch=unpacked, report=report)
    np.save(scratch / VOXELS_FILE, read.scan.voxels_hu)
    return {
        "kind": "scan",
        "lps_from_ijk": read.scan.geometry.lps_from_ijk.tolist(),
        "provenance": asdict(read.provenance),
        "warnings": list(read.warnings),
    }


def _labels(request: dict[str, Any], scratch: Path) -> dict[str, Any]:
    from engine.geometry import VolumeGeometry
    from engine.imaging.label_import import LabelOptions, import_labels

    grid = request["grid"]
    geometry = None
    if grid is not None:
        geometry = VolumeGeometry(shape_kji=tuple(grid["shape_kji"]), lps_from_ijk=np.array(grid["lps_from_ijk"]))
    given = import_labels(Path(request["path"]), geometry, LabelOptions(**request["options"]))
    np.save(scratch / VOXELS_FILE, given.labels.labels)
    return {
        "kind": "labels",
        "lps_from_ijk": given.labels.geometry.lps_from_ijk.tolist(),
        "warnings": list(given.warnings),
    }


def _error(error: CantlieError) -> dict[str, Any]:
    return {"kind": "error", "type": type(error).__name__, "what": error.what, "cure": error.cure}


def _send(replies: Any, reply: dict[str, Any]) -> None:
    replies.write(json.dumps(reply) + "\n")
    replies.flush()


def _confine() -> None:
    """Caps the address space, ignores Ctrl-C (the parent kills), and dies when the parent does."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        import resource
    except ImportError:  # not POSIX: the timeout is left
        return
    resource.setrlimit(resource.RLIMIT_AS, (limits.PARSER_MEMORY_BYTES, limits.PARSER_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


if __name__ == "__main__":
    main()
