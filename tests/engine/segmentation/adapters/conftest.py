"""A small scan, and what a network of others makes of it."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import anatomy
from engine.geometry import VolumeGeometry
from engine.progress import SilentProgress
from engine.segmentation import Segmentation
from engine.segmentation.adapters import segment_with
from engine.volume import ScanVolume

SHAPE = (16, 24, 32)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CANTLIE_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def scan() -> ScanVolume:
    geometry = VolumeGeometry.from_parts(
        shape_kji=SHAPE,
        spacing_ijk_mm=(1.5, 2.0, 2.5),
        origin_lps_mm=(-20, 30, 100),
        direction=[[0.96, -0.28, 0], [0.28, 0.96, 0], [0, 0, 1]],
    )
    voxels = np.random.default_rng(3).integers(-100, 200, SHAPE).astype(np.int16)
    return ScanVolume(voxels_hu=voxels, geometry=geometry)


@pytest.fixture
def run(scan) -> Callable[..., Segmentation]:
    """Segments the scan, or another one, with the network named so."""

    def segment(network: str, of: ScanVolume = scan, **options: bool) -> Segmentation:
        return segment_with(network, of, device="cpu", progress=SilentProgress(), **options)

    return segment


@pytest.fixture
def liver_of() -> Callable[[Segmentation], NDArray[np.bool_]]:
    return lambda segmentation: segmentation.labels.mask_of(anatomy.LIVER_VALUES)


@pytest.fixture
def same() -> Callable[[NDArray[np.bool_], NDArray[np.bool_]], None]:
    """Equal but for voxels where two classes are level within the 8 bits of a probability."""

    def check(found: NDArray[np.bool_], expected: NDArray[np.bool_]) -> None:
        assert expected.any() and not expected.all()
        assert (found == expected).mean() > 0.995

    return check
