"""A case whose assets do not compress, and the real server of it in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine import anatomy
from engine.case_manifest import Provenance, ScanSource, SegmentationSource
from engine.case_writer import CaseWriter
from engine.geometry import VolumeGeometry
from engine.volume import LabelVolume, ScanVolume

SHAPE_KJI = (192, 512, 512)
"""48 MiB of CT in 8 bits."""


def write_case(path: Path) -> str:
    """A liver block of 4.9 million voxels in noise, which the client is sent with 40 mm around; returns the case id."""
    geometry = VolumeGeometry.from_parts(shape_kji=SHAPE_KJI, spacing_ijk_mm=(0.4, 0.4, 0.5))
    labels = np.zeros(SHAPE_KJI, np.uint8)
    labels[70:120, 100:412, 100:412] = anatomy.PARENCHYMA
    labels[90:100, 120:400, 240:260] = anatomy.PORTAL_VEIN
    labels[100:115, 200:230, 150:180] = anatomy.FIRST_TUMOUR
    noise = np.random.default_rng(0).integers(-160, 240, SHAPE_KJI, dtype=np.int16)
    provenance = Provenance(
        scan=ScanSource(source_kind="phantom", voxels_sha256="0" * 64),
        segmentation=SegmentationSource(method="phantom"),
    )
    with CaseWriter(path) as writer:
        volume = LabelVolume(labels=labels, geometry=geometry)
        writer.add_volumes(ScanVolume(voxels_hu=noise, geometry=geometry), volume)
        for structure in anatomy.structures_present(set(np.unique(labels).tolist())):
            writer.add_structure(structure, [])
        return writer.finish(provenance=provenance, created_at="2026-01-01T00:00:00Z").manifest.case_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running server."""

    port: int
    process_id: int

    def cpu_seconds(self) -> float:
        """Processor time of the server so far, all its threads."""
        fields = Path(f"/proc/{self.process_id}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self) -> int:
        """Memory of the server that is its own: mapped assets are the page cache's."""
        text = Path(f"/proc/{self.process_id}/status").read_text()
        lines = dict(line.split(":", 1) for line in text.splitlines())
        return int(lines["RssAnon"].split()[0]) * 1024


@contextmanager
def served(cases: Path) -> Iterator[Served]:
    """The server as `cantlie serve` starts it, on a port of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "streaming.cli", "serve", str(cases), "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        port = None
        for line in process.stdout:
            if "http://" in line:
                port = int(line.split("http://")[1].split("/")[0].rsplit(":", 1)[1].split()[0])
                break
        if port is None:
            raise RuntimeError("the server did not start")
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield Served(port=port, process_id=process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:  # in the middle of a computation; there is nothing to save
            process.kill()
