"""Grids of other networks, and networks nobody knows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import SegmentationError
from engine.geometry import VolumeGeometry, orientation_code
from engine.segmentation.adapters.foreign_grid import oriented_grid


@pytest.mark.parametrize("network", ["", "nnunet:", "monai", "unet:x", "totalsegmentator:x"])
def test_an_unknown_network_is_refused(network, run):
    with pytest.raises(SegmentationError, match="unknown"):
        run(network)


@settings(max_examples=30)
@given(
    order=st.permutations("LPS"),
    flips=st.tuples(*[st.booleans()] * 3),
    angle=st.floats(-0.6, 0.6),
    axes=st.permutations("LPS"),
)
def test_a_foreign_grid_covers_the_scan_and_grows_where_it_should(order, flips, angle, axes):
    opposite = {"L": "R", "P": "A", "S": "I"}
    code = "".join(opposite[one] if flip else one for one, flip in zip(axes, flips, strict=True))
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    columns = [turn[:, "LPS".index(one)] for one in order]
    own = VolumeGeometry.from_parts(
        shape_kji=(4, 5, 6), spacing_ijk_mm=(1, 2, 3), origin_lps_mm=(7, 8, 9), direction=np.stack(columns, axis=1)
    )
    grid = oriented_grid(own, code, None)
    assert orientation_code(grid) == code
    corners = [g.lps_from_index([[i, j, k] for k in (-0.5, g.shape_kji[0] - 0.5) for j in (-0.5, g.shape_kji[1] - 0.5)
                                 for i in (-0.5, g.shape_kji[2] - 0.5)]) for g in (own, grid)]  # fmt: skip
    assert np.allclose(sorted(map(tuple, corners[0].round(6))), sorted(map(tuple, corners[1].round(6))))
