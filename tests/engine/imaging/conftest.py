"""A small scan with the Hounsfield values of a body, on a grid that nothing is symmetric on."""

import numpy as np
import pytest

from engine.geometry import VolumeGeometry
from engine.volume import ScanVolume


def body_scan(shape_kji=(20, 24, 28), spacing_ijk_mm=(2.0, 2.5, 4.0), origin=(-30.0, 40.0, -500.0), direction=None):
    geometry = VolumeGeometry.from_parts(
        shape_kji=shape_kji, spacing_ijk_mm=spacing_ijk_mm, origin_lps_mm=origin, direction=direction
    )
    random = np.random.default_rng(7)
    voxels = random.integers(-60, 120, shape_kji).astype(np.int16)
    voxels[:, :3] = -1000
    voxels[0, 0, 0] = -1024
    return ScanVolume(voxels_hu=voxels, geometry=geometry)


@pytest.fixture
def scan():
    return body_scan()


@pytest.fixture
def make_scan():
    return body_scan
