"""Segments of a real liver against an annotator's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.geometry import VolumeGeometry
from engine.imaging import read_given_labels
from engine.vessel_tree import VesselTrees
from engine.vessels.build_trees import build_trees
from engine.vessels.couinaud import divide_liver

REFERENCE = Path(__file__).parents[5] / "shared" / "data" / "ircadb01" / "reference"

pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason="../shared/data/ircadb01/reference is absent")

COUINAUD_OF_VALUE = np.array([0, 1, 2, 3, 4, 4, 5, 6, 7, 8])
WANTED = 0.80


def test_segments_agree_with_the_annotator_with_vessels_and_without() -> None:
    import SimpleITK

    image = SimpleITK.ReadImage(str(REFERENCE / "couinaud.nii.gz"))
    expected = SimpleITK.GetArrayFromImage(image)
    geometry = VolumeGeometry.from_parts(
        shape_kji=expected.shape,
        spacing_ijk_mm=image.GetSpacing(),
        origin_lps_mm=image.GetOrigin(),
        direction=image.GetDirection(),
    )
    labels = read_given_labels(REFERENCE, geometry)
    for trees in (build_trees(labels).trees, VesselTrees(branches=())):
        division = divide_liver(labels, trees, step_mm=3.0)
        assert division is not None
        found, reference = COUINAUD_OF_VALUE[division.liver_map.segment], expected[division.liver_map.box]
        both = (found > 0) & (reference > 0)
        assert (found[both] == reference[both]).mean() > WANTED
