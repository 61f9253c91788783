"""Reads a scan in a process of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.geometry import VolumeGeometry
from engine.imaging import limits
from engine.imaging.parser_child import parsed
from engine.imaging.parser_process import VOXELS_FILE
from engine.imaging.scan_read import ScanProvenance, ScanRead
from engine.progress import Progress, SilentProgress
from engine.volume import ScanVolume


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
    request = {"task": "scan", "path": str(path.resolve()), "series": series}
    with parsed(request, progress or SilentProgress(), timeout_s) as (reply, scratch):
        voxels = np.load(scratch / VOXELS_FILE, allow_pickle=False)
    k, j, i = voxels.shape
    geometry = VolumeGeometry(shape_kji=(k, j, i), lps_from_ijk=np.array(reply["lps_from_ijk"]))
    return ScanRead(
        scan=ScanVolume(voxels_hu=voxels, geometry=geometry),
        provenance=ScanProvenance(**reply["provenance"]),
        warnings=tuple(reply["warnings"]),
    )
