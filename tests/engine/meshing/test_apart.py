"""The way parts are drawn apart, and the edge that stays sharp, on boxes of known sides."""

import numpy as np
import pytest

from engine.meshing.cutting import ClosedSolid, CuttableMesh, Cutter, HalfSpace, way_apart_lps, with_sharp_edge
from engine.surface import MeshLevel

FACES = np.array(
    [[0, 2, 3], [0, 3, 1], [4, 5, 7], [4, 7, 6], [0, 1, 5], [0, 5, 4], [2, 6, 7], [2, 7, 3], [0, 4, 6], [0, 6, 2],
     [1, 3, 7], [1, 7, 5]], dtype=np.uint32
)  # fmt: skip
CORNERS = np.array([[x, y, z] for z in (0.0, 1.0) for y in (0.0, 1.0) for x in (0.0, 1.0)])
CUBE = MeshLevel(vertices_lps_mm=(CORNERS * 40.0).astype(np.float32), faces=FACES, error_mm=0.0, volume_ml=64.0)


def cut_by(shape):
    return Cutter([shape], CUBE.bounds_lps_mm).cut(CuttableMesh(CUBE))


def box(low, size):
    return ClosedSolid(vertices_lps_mm=np.array(low) + CORNERS * size, faces=FACES)


def test_a_plane_draws_the_part_out_along_its_normal():
    normal = np.array([0.6, 0.0, 0.8])
    found = way_apart_lps(cut_by(HalfSpace(point_lps_mm=np.array([20.0, 20.0, 20.0]), normal_lps=normal)))
    assert found == pytest.approx(normal, abs=1e-5)


def test_a_notch_is_drawn_out_through_its_mouth():
    found = way_apart_lps(cut_by(box((10.0, 10.0, 25.0), 20.0)))
    assert found == pytest.approx((0.0, 0.0, 1.0), abs=1e-5)


def test_a_part_that_is_enclosed_leaves_towards_the_side_it_lies_on():
    assert way_apart_lps(cut_by(box((25.0, 15.0, 15.0), 10.0))) == pytest.approx((1.0, 0.0, 0.0), abs=1e-5)


def test_a_sharp_edge_moves_no_point_and_keeps_the_volume():
    part = cut_by(box((10.0, 10.0, 25.0), 20.0)).remnant
    sharp = with_sharp_edge(part)
    assert np.array_equal(sharp.vertices_lps_mm[sharp.faces], part.mesh.vertices_lps_mm[part.mesh.faces])
    capped, outer = sharp.faces[part.on_cut].ravel(), sharp.faces[~part.on_cut].ravel()
    assert not np.intersect1d(capped, outer).size
    assert np.intersect1d(part.mesh.faces[part.on_cut], part.mesh.faces[~part.on_cut]).size > 0
