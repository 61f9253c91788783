"""Stills against what geometry and the client's light formulas say."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.still import Still, StillSurface, draw_still, home_view
from engine.still.tissue import as_displayed, linear_of, veil
from engine.still.view import HALF_FIELD_RADIANS

ROWS = 160
CENTRE = np.array([12.0, -30.0, 140.0])
BOUNDS = np.stack([CENTRE - 60, CENTRE + 60])
VIEW = home_view(BOUNDS)
BACK = VIEW.view_from_lps[2]


def ball(radius: float, *, at: NDArray[np.float64] = CENTRE, opacity: float = 1.0, cut: bool = False) -> StillSurface:
    """A ball of 96 x 48 quads."""
    turn, rise = np.meshgrid(np.linspace(0, 2 * np.pi, 97)[:-1], np.linspace(0, np.pi, 49))
    normals = np.stack([np.sin(rise) * np.cos(turn), np.sin(rise) * np.sin(turn), np.cos(rise)], axis=-1)
    number = np.arange(49 * 96).reshape(49, 96)
    a, b = number[:-1], np.roll(number[:-1], -1, axis=1)
    c, d = number[1:], np.roll(number[1:], -1, axis=1)
    faces = np.concatenate([np.stack([a, c, d], -1).reshape(-1, 3), np.stack([a, d, b], -1).reshape(-1, 3)])
    return StillSurface(
        vertices_lps_mm=(at + radius * normals.reshape(-1, 3)).astype(np.float32),
        normals_lps=normals.reshape(-1, 3).astype(np.float32),
        faces=faces.astype(np.uint32),
        colour="#b5654a",
        opacity=opacity,
        is_organ=opacity == 0.45,
        is_cut=cut,
    )


def middle_of(still: Still) -> NDArray[np.uint8]:
    rows, columns = still.rgba.shape[:2]
    return np.asarray(still.rgba[rows // 2, columns // 2])


def test_the_eye_looks_at_the_liver_from_where_its_bounding_ball_fills_the_height() -> None:
    radius = float(np.linalg.norm([60, 60, 60]))
    ahead = VIEW.on_screen(CENTRE[None])[0]
    assert ahead == pytest.approx([0, 0, 1.02 * radius / np.sin(HALF_FIELD_RADIANS)], abs=1e-9)
    assert np.linalg.det(VIEW.view_from_lps) == pytest.approx(1)
    # The patient's left is on the right, the head above, the eye before the patient and at the patient's right.
    left, superior = VIEW.on_screen(CENTRE + np.array([[50.0, 0, 0], [0, 0, 50.0]]))
    assert left[0] > 0.1
    assert superior[1] > 0.1
    assert VIEW.eye_lps_mm[0] < CENTRE[0]
    assert VIEW.eye_lps_mm[1] < CENTRE[1]


def test_a_ball_covers_the_disc_that_perspective_gives_it() -> None:
    still = draw_still([ball(40.0)], VIEW, ROWS)
    distance = 1.02 * np.linalg.norm([60, 60, 60]) / np.sin(HALF_FIELD_RADIANS)
    half = np.tan(np.arcsin(40 / distance)) / np.tan(HALF_FIELD_RADIANS)
    covered = still.rgba[..., 3].sum() / 255
    assert covered == pytest.approx(np.pi * (half * ROWS / 2) ** 2, rel=0.01)
    assert still.tall == pytest.approx(half, abs=2 / ROWS)
    assert still.rgba.shape[0] == round(still.tall * ROWS)


def test_a_veil_has_the_opacity_and_colour_of_the_clients_formula_and_one_layer() -> None:
    still = draw_still([ball(40.0, opacity=0.45)], VIEW, ROWS)
    towards = np.array([[0.0, 0.0, 1.0]], np.float32)
    colours, alphas = veil(linear_of("#b5654a"), towards, towards, 0.45)
    assert alphas[0] == pytest.approx(0.225)
    assert middle_of(still)[3] == pytest.approx(255 * alphas[0], abs=2)
    assert middle_of(still)[:3] == pytest.approx(255 * as_displayed(colours)[0], abs=3)


def test_what_is_near_hides_what_is_behind_and_the_organ_hides_neighbours_behind_it() -> None:
    behind = ball(15.0, at=CENTRE - 55 * BACK, opacity=0.22)
    organ = ball(40.0, opacity=0.45)
    alone = draw_still([organ], VIEW, ROWS)
    assert (middle_of(draw_still([organ, behind], VIEW, ROWS)) == middle_of(alone)).all()
    inside = ball(10.0)
    seen = middle_of(draw_still([organ, inside], VIEW, ROWS))
    assert seen[3] == 255
    before = ball(10.0, at=CENTRE + 55 * BACK)
    assert (middle_of(draw_still([organ, before], VIEW, ROWS)) == middle_of(draw_still([before], VIEW, ROWS))).all()


def test_a_plan_opens_the_organ_and_leaves_a_ghost_of_what_it_takes() -> None:
    whole = ball(40.0, opacity=0.45, cut=True)

    def right_half(points_lps_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray((points_lps_mm - CENTRE) @ VIEW.view_from_lps[0] < 0)

    alpha = draw_still([whole], VIEW, ROWS, right_half).rgba[..., 3]
    rows, columns = alpha.shape
    taken, kept = alpha[rows // 2, columns // 4], alpha[rows // 2, 3 * columns // 4]
    assert 0 < taken < kept / 2
    assert (draw_still([whole], VIEW, ROWS).rgba[..., 3] >= alpha).all()


def test_a_scene_without_triangles_is_an_empty_picture() -> None:
    nothing = StillSurface(
        vertices_lps_mm=np.zeros((0, 3), np.float32),
        normals_lps=np.zeros((0, 3), np.float32),
        faces=np.zeros((0, 3), np.uint32),
        colour="#b5654a",
        opacity=1.0,
        is_organ=False,
        is_cut=False,
    )
    assert not draw_still([nothing], VIEW, ROWS).rgba.any()
