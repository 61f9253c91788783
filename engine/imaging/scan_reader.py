"""Reads a scan in a process of its own, which may crash, hang or swell without harm."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from engine import errors
from engine.errors import CantlieError, HostileInputError, UnreadableFileError
from engine.geometry import VolumeGeometry
from engine.imaging import limits
from engine.imaging.parser_process import VOXELS_FILE
from engine.imaging.scan_read import ScanProvenance, ScanRead
from engine.progress import Progress, SilentProgress
from engine.volume import ScanVolume

_POLL_S = 0.1


def read_scan(
    path: Path,
    *,
    series: str | None = None,
    progress: Progress | None = None,
    timeout_s: float = limits.PARSER_TIMEOUT_S,
) -> ScanRead:
    """Reads a CT: DICOM folder, .zip or .tar archive of one, NIfTI or NRRD.

    Args:
        path: what the person gave.
        series: which of several CT series (its number in the list that AmbiguousSeriesError gives).
        progress: told how far it is; may raise to stop, which kills the parser.
        timeout_s: after which the parser is killed.

    Raises:
        ScanError: whatever is wrong with the scan; never with patient data in it.
        StorageError: no room to unpack an archive.
    """
    with _scratch_folder() as scratch:
        process = _start(path, series, scratch)
        try:
            reply = _last_reply(process, progress or SilentProgress(), timeout_s)
        finally:
            process.kill()
            process.wait()
        if reply["kind"] == "error":
            raise _error_of(reply)
        voxels = np.load(scratch / VOXELS_FILE, allow_pickle=False)
    k, j, i = voxels.shape
    geometry = VolumeGeometry(shape_kji=(k, j, i), lps_from_ijk=np.array(reply["lps_from_ijk"]))
    return ScanRead(
        scan=ScanVolume(voxels_hu=voxels, geometry=geometry),
        provenance=ScanProvenance(**reply["provenance"]),
        warnings=tuple(reply["warnings"]),
    )


@contextlib.contextmanager
def _scratch_folder() -> Iterator[Path]:
    """A private folder that vanishes at the end.

    Not `tempfile.TemporaryDirectory`: a Ctrl-C between its making and the `with` would leave it behind.
    """
    scratch = Path(tempfile.gettempdir()) / f"cantlie-scan-{uuid.uuid4().hex}"
    try:
        scratch.mkdir(mode=0o700)
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _start(path: Path, series: str | None, scratch: Path) -> subprocess.Popen[str]:
    root = str(Path(__file__).resolve().parents[2])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
        # Every thread of a numeric library reserves address space, which is capped.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        # Whatever a library leaves behind when the parser is killed goes with the scratch folder.
        "TMPDIR": str(scratch),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "engine.imaging.parser_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )
    assert process.stdin is not None
    request = {"path": str(path.resolve()), "series": series, "scratch": str(scratch)}
    # A parser that died already is noticed when its replies end.
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()
    return process


def _last_reply(process: subprocess.Popen[str], progress: Progress, timeout_s: float) -> dict[str, Any]:
    """Passes progress on until the scan or an error arrives."""
    lines: queue.Queue[str | None] = queue.Queue()
    assert process.stdout is not None
    threading.Thread(target=_pump, args=(process.stdout, lines), daemon=True).start()
    deadline = time.monotonic() + timeout_s
    fraction = 0.0
    while time.monotonic() < deadline:
        try:
            line = lines.get(timeout=_POLL_S)
        except queue.Empty:
            progress.advance(fraction)  # gives the person's "stop" a chance while the parser is silent
            continue
        if line is None:
            raise UnreadableFileError(
                "Reading the scan crashed: it is damaged, or asks for more memory than any CT should.",
                cure="Export the scan again.",
            )
        reply: dict[str, Any] = json.loads(line)
        if reply["kind"] != "progress":
            return reply
        fraction = float(reply["fraction"])
        progress.advance(fraction, str(reply["detail"]))
    raise HostileInputError(
        f"Reading the scan took longer than {timeout_s:.0f} s and was stopped.", cure="Give one CT series."
    )


def _pump(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    """Moves lines to the queue, None at the end."""
    for line in stream:
        lines.put(line)
    lines.put(None)


def _error_of(reply: dict[str, Any]) -> CantlieError:
    kind = getattr(errors, str(reply["type"]), None)
    if not (isinstance(kind, type) and issubclass(kind, CantlieError)):
        kind = UnreadableFileError
    error: CantlieError = kind(str(reply["what"]), cure=str(reply["cure"]))
    return error
