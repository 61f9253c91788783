"""A boundary between its landmarks and its vein."""

from __future__ import annotations

import numpy as np
import pytest

from engine.vessels.couinaud.surface import BoundarySurface, plane_surface

TOLERANCE_MM = 2.0


def coronal() -> BoundarySurface:
    """A plane through the origin, its positive side in front."""
    return plane_surface(np.zeros(3), np.array([-1.0, 0, 0]), np.array([0, 0, 1.0]), np.array([0, -1.0, 0]))


def vein(behind_mm: float) -> np.ndarray:
    """Points along a vein that runs to the right and down, behind the plane."""
    at = np.linspace(15, 90, 40)
    return np.column_stack([-at, np.full(40, behind_mm), 30 - at / 2])


def test_without_a_vein_the_plane_stands() -> None:
    side, _ = coronal().side(np.array([[-50.0, -10.0, 20.0], [-50.0, 10.0, 20.0]]))
    assert side == pytest.approx([10.0, -10.0])


def test_long_vein_near_the_plane_is_followed() -> None:
    seen = coronal().through(vein(6.0), np.full(40, 2.2), 1.0)
    assert np.abs(seen.side(vein(6.0))[0]).max() < TOLERANCE_MM


def test_vein_makes_the_boundary_surer_where_it_runs() -> None:
    before = coronal().side(vein(0.0))[1]
    after = coronal().through(vein(0.0), np.full(40, 2.2), 1.0).side(vein(0.0))[1]
    assert (after < 0.7 * before).all()


def test_stray_vein_moves_the_boundary_by_a_part_of_its_distance_only() -> None:
    seen = coronal().through(vein(60.0), np.full(40, 2.2), 1.0)
    assert np.abs(seen.side(vein(0.0))[0]).max() < 40.0


def test_vein_that_is_not_trusted_changes_nothing() -> None:
    seen = coronal().through(vein(20.0), np.full(40, 2.2), 0.0)
    assert seen is not None
    assert not seen.terms.any()
