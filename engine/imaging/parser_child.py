"""Runs the parser process, which may crash, hang or swell without harm, and takes its answer."""

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
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from engine import errors
from engine.errors import CantlieError, HostileInputError, UnreadableFileError
from engine.progress import Progress

Request = Mapping[str, Any]
_POLL_S = 0.1


@contextlib.contextmanager
def parsed(request: Request, progress: Progress, timeout_s: float) -> Iterator[tuple[dict[str, Any], Path]]:
    """Gives the parser's reply and the scratch folder with what it left there, for as long as the block lasts.

    Args:
        request: what `parser_process` is to do.
        progress: told how far it is; may raise to stop, which kills the parser.
        timeout_s: after which the parser is killed.

    Raises:
        CantlieError: what the parser found wrong.
    """
    with _scratch_folder() as scratch:
        process = _start(request, scratch)
        try:
            reply = _last_reply(process, progress, timeout_s)
        finally:
            process.kill()
            process.wait()
        if reply["kind"] == "error":
            raise _error_of(reply)
        yield reply, scratch


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


def _start(request: Request, scratch: Path) -> subprocess.Popen[str]:
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
    # A parser that died already is noticed when its replies end.
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps({**request, "scratch": str(scratch)}) + "\n")
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
                "Reading crashed: the file is damaged, or asks for more memory than any CT should.",
                cure="Export it again.",
            )
        reply: dict[str, Any] = json.loads(line)
        if reply["kind"] != "progress":
            return reply
        fraction = float(reply["fraction"])
        progress.advance(fraction, str(reply["detail"]))
    raise HostileInputError(f"Reading took longer than {timeout_s:.0f} s and was stopped.", cure="Give one CT series.")


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
