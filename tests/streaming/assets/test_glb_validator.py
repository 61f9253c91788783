"""Khronos' validator finds nothing wrong with what the encoder makes: levels, parts, compressed and plain."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from engine.anatomy import LIVER, structure_named
from engine.meshing.cutting import CuttableMesh, Cutter, HalfSpace
from engine.surface import MeshLevel
from streaming.assets.gltf import encode_glb

CLIENT = Path(__file__).parents[3] / "headset_client"


def _torus(rings: int, error_mm: float) -> MeshLevel:
    """A ring of 120 mm whose normals point everywhere."""
    around, along = np.meshgrid(*[np.linspace(0, 2 * np.pi, rings, endpoint=False)] * 2, indexing="ij")
    tube = 45 + 15 * np.cos(along)
    points = np.stack([tube * np.cos(around) - 80, tube * np.sin(around) + 30, 15 * np.sin(along) + 900], axis=-1)
    at = np.arange(rings * rings).reshape(rings, rings)
    right, up = np.roll(at, -1, axis=0), np.roll(at, -1, axis=1)
    both = np.roll(right, -1, axis=1)
    faces = np.concatenate([np.stack([at, right, both], -1), np.stack([at, both, up], -1)]).reshape(-1, 3)
    return MeshLevel(
        vertices_lps_mm=points.reshape(-1, 3).astype(np.float32),
        faces=faces.astype(np.uint32),
        error_mm=error_mm,
        volume_ml=2 * np.pi**2 * 45 * 15**2 / 1000,
    )


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    if shutil.which("node") is None:
        pytest.skip("Node is not installed")
    if not (CLIENT / "node_modules" / "gltf-validator").is_dir():
        pytest.skip("the client's packages are not installed (make setup-test)")
    folder = tmp_path_factory.mktemp("glb")
    whole = _torus(96, 0.0)
    half = HalfSpace(point_lps_mm=np.array([-80.0, 30.0, 900.0]), normal_lps=np.array([0.6, 0.0, 0.8]))
    cut = Cutter([half], whole.bounds_lps_mm.astype(np.float64)).cut(CuttableMesh(whole))
    assert cut.resected is not None
    assert cut.remnant is not None
    levels = {"finest": whole, "coarse": _torus(12, 0.4), "resected": cut.resected.mesh, "remnant": cut.remnant.mesh}
    for name, level in levels.items():
        for compressed in (True, False):
            structure = LIVER if name == "finest" else structure_named("tumour_02")
            file = folder / f"{name}.{'compressed' if compressed else 'plain'}.glb"
            file.write_bytes(encode_glb(level, structure, compressed=compressed))
    command = ["node", "scripts/validate-glb.mjs", *sorted(map(str, folder.iterdir()))]
    answer = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, check=True, timeout=60)
    return [json.loads(line) for line in answer.stdout.splitlines()]


def test_the_validator_reports_no_error_and_no_warning(reports: list[dict[str, object]]) -> None:
    assert len(reports) == 4 * 3, "compressed files are validated as sent and decompressed"
    for report in reports:
        assert (report["numErrors"], report["numWarnings"]) == (0, 0), report
        assert report["triangles"]


def test_what_the_validator_mentions_is_that_it_does_not_know_the_compression(
    reports: list[dict[str, object]],
) -> None:
    for report in reports:
        codes = {message["code"] for message in report["messages"]}  # type: ignore[attr-defined]
        assert codes == ({"UNSUPPORTED_EXTENSION", "UNUSED_OBJECT"} if _is_opaque(report) else set()), report


def _is_opaque(report: dict[str, object]) -> bool:
    return ".compressed." in str(report["file"]) and report["form"] == "as sent"


def test_the_validator_would_have_seen_a_wrong_file(tmp_path: Path, reports: list[dict[str, object]]) -> None:
    data = encode_glb(_torus(12, 0.0), LIVER, compressed=False)
    broken = data.replace(b'"componentType":5126', b'"componentType":5125', 1)
    assert broken != data
    (tmp_path / "broken.glb").write_bytes(broken)
    command = ["node", "scripts/validate-glb.mjs", str(tmp_path / "broken.glb")]
    answer = subprocess.run(command, cwd=CLIENT, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(answer.stdout)["numErrors"] > 0
