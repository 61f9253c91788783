"""The process that TotalSegmentator runs in: `python -m ... FOLDER` with scan.npy and request.json, leaves labels.npy.

It may not reach the network: neither for weights (which were looked for before) nor for its usage statistics.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Final

_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


def main() -> None:
    """Runs the task of the request."""
    folder = Path(sys.argv[1])
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    os.environ["TOTALSEG_WEIGHTS_PATH"] = request["weights"]
    sys.addaudithook(_without_network)
    import nibabel
    import numpy as np
    from totalsegmentator.python_api import totalsegmentator  # type: ignore[import-not-found]

    scan = np.load(folder / "scan.npy", allow_pickle=False)
    image = nibabel.Nifti1Image(scan.transpose(2, 1, 0), np.array(request["ras_from_ijk"]))
    answer = totalsegmentator(
        image, None, ml=True, task=request["task"], fast=request["fast"], device=request["device"], quiet=True
    )
    if answer.shape != image.shape or not np.allclose(answer.affine, image.affine, atol=1e-2):
        raise ValueError("another grid")
    np.save(folder / "labels.npy", np.ascontiguousarray(np.asarray(answer.dataobj).astype(np.uint8).transpose(2, 1, 0)))


def _without_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuses every address but this machine's; multiprocessing talks to its workers through local sockets."""
    if event == "socket.connect" and isinstance(arguments[1], tuple) and arguments[1][0] not in _LOCAL:
        raise PermissionError("no network")
    if event == "socket.getaddrinfo" and arguments[0] not in (*_LOCAL, None):
        raise PermissionError("no network")


if __name__ == "__main__":
    main()
