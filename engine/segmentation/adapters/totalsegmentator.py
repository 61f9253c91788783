"""TotalSegmentator, where the package is installed and its weights are on this machine.

It runs in a process of its own (`totalsegmentator_process`), because it unpickles its weights, and without a network,
because it would download what is missing. Checked against TotalSegmentator 2.18.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import SegmentationError, WeightsError
from engine.geometry import LPS_FROM_RAS
from engine.label_tables import LABEL_TABLES, structures_of
from engine.progress import Progress
from engine.segmentation.adapters.foreign_labels import composed, finished, masks_of_classes
from engine.segmentation.precision import chosen_device
from engine.segmentation.segmentation import Segmentation
from engine.volume import ScanVolume

_TIMEOUT_S: Final = 3600.0
_POLL_S: Final = 0.2
_WEIGHTS_OF: Final = {"full": (291, 292, 293, 294, 295), "fast": (297,), "vessels": (8,)}
"""Data set numbers of the weights, `map_tasks_config.py` of TotalSegmentator 2."""


def segment_by_totalsegmentator(scan: ScanVolume, *, device: str, fast: bool, progress: Progress) -> Segmentation:
    """Segments with the task "total", and with "liver_vessels" where its weights are there too.

    Raises:
        WeightsError: the package or its weights are missing.
        SegmentationError: it failed, or found no liver.
    """
    if importlib.util.find_spec("totalsegmentator") is None:
        raise WeightsError("TotalSegmentator is not installed.", cure="pip install TotalSegmentator")
    if not weights_present("fast" if fast else "full"):
        raise WeightsError(
            "The weights of TotalSegmentator are not on this machine; nothing is downloaded by itself.",
            cure=f"Run: totalseg_download_weights -t {'total_fast' if fast else 'total'}",
        )
    where = chosen_device(device)
    started = time.perf_counter()
    progress.stage("Segmenting with TotalSegmentator")
    total = _run(scan, "total", fast=fast, device=where, progress=progress)
    masks = masks_of_classes(total, structures_of(LABEL_TABLES["totalsegmentator"]))
    tasks = "total, 3 mm" if fast else "total"
    if not fast and weights_present("vessels"):
        vessels = _run(scan, "liver_vessels", fast=False, device=where, progress=progress)
        masks |= masks_of_classes(vessels, structures_of(LABEL_TABLES["totalsegmentator-liver-vessels"]))
        tasks += ", liver_vessels"
    labels, warnings = composed(masks, scan)
    progress.advance(1.0)
    return finished(labels, network=f"TotalSegmentator ({tasks})", device=where, warnings=warnings, started=started)


def weights_present(model: str) -> bool:
    """Whether all weights of a model ("full", "fast", "vessels") lie where TotalSegmentator looks for them."""
    folder = weights_folder()
    return all(any(folder.glob(f"Dataset{number:03d}_*/**/checkpoint_*.pth")) for number in _WEIGHTS_OF[model])


def weights_folder() -> Path:
    """As `totalsegmentator.config.get_weights_dir`: TOTALSEG_WEIGHTS_PATH, TOTALSEG_HOME_DIR or the home folder."""
    if "TOTALSEG_WEIGHTS_PATH" in os.environ:
        return Path(os.environ["TOTALSEG_WEIGHTS_PATH"])
    home = os.environ.get("TOTALSEG_HOME_DIR")
    return (Path(home) if home else Path.home() / ".totalsegmentator") / "nnunet" / "results"


def _run(scan: ScanVolume, task: str, *, fast: bool, device: str, progress: Progress) -> NDArray[np.uint8]:
    """(k, j, i) uint8 class values of one task on the scan's grid."""
    with tempfile.TemporaryDirectory(prefix="cantlie-totalsegmentator-") as scratch:
        folder = Path(scratch)
        np.save(folder / "scan.npy", scan.voxels_hu)
        request = {
            "folder": scratch,
            "task": task,
            "fast": fast,
            "device": "gpu" if device == "cuda" else "cpu",
            "ras_from_ijk": (LPS_FROM_RAS @ scan.geometry.lps_from_ijk).tolist(),
            "weights": str(weights_folder()),
        }
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        _wait(_start(folder), progress)
        try:
            labels: NDArray[np.uint8] = np.load(folder / "labels.npy", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise SegmentationError(
                "TotalSegmentator failed.", cure="Run it by itself on the scan to see why."
            ) from error
    if labels.shape != scan.geometry.shape_kji or labels.dtype != np.uint8:
        raise SegmentationError("TotalSegmentator answered on another grid.", cure="Use version 2 of it.")
    return labels


def _start(folder: Path) -> subprocess.Popen[bytes]:
    root = str(Path(__file__).resolve().parents[3])
    nowhere = "http://127.0.0.1:9"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
        # Its own children inherit no guard, but they do inherit a proxy that nobody listens at.
        **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"), nowhere),
        "no_proxy": "",
        "NO_PROXY": "",
    }
    return subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", "engine.segmentation.adapters.totalsegmentator_process", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


def _wait(process: subprocess.Popen[bytes], progress: Progress) -> None:
    deadline = time.monotonic() + _TIMEOUT_S
    try:
        while time.monotonic() < deadline:
            try:
                process.wait(timeout=_POLL_S)
                return
            except subprocess.TimeoutExpired:
                progress.advance(0.0)  # gives the person's "stop" a chance
        raise SegmentationError("TotalSegmentator took longer than an hour.", cure="Use --fast or a GPU.")
    finally:
        process.kill()
        process.wait()
