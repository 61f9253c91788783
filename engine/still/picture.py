"""A still in passes, as a client draws them: opaque tissue, the organ's veil, what is resected, and neighbours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.still.tissue import Values, as_displayed, ghost, linear_of, solid, veil
from engine.still.view import StillView, home_view

Resected: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.bool_]]
"""Which of (n, 3) points, LPS mm, a plan takes away."""

OPAQUE_FROM: Final = 0.99
_ORGAN_GHOST: Final = 0.13
_VESSEL_GHOST: Final = 0.3
_SAMPLES: Final = 2
"""A pixel's edge; what lies under a pixel is drawn in as many rows and columns and averaged."""
_WIDEST: Final = 2.4
_HIGHEST: Final = 1.5
"""Halves of the window's height, from the middle; what lies further out only the widest windows show."""
_LEAST: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StillSurface:
    """One structure.

    Attributes:
        vertices_lps_mm: (n, 3).
        normals_lps: (n, 3) unit.
        faces: (m, 3), counter-clockwise seen from outside.
        colour: "#rrggbb".
        opacity: 1 is opaque.
        is_organ: drawn as one veil around what lies in it.
        is_cut: whether a plan takes of it.
    """

    vertices_lps_mm: NDArray[np.float32]
    normals_lps: NDArray[np.float32]
    faces: NDArray[np.uint32]
    colour: str
    opacity: float
    is_organ: bool
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Still:
    """A picture about the middle of a window.

    Attributes:
        rgba: (rows, columns, 4) uint8, sRGB, alpha not multiplied in.
        tall: its height in heights of the window.
    """

    rgba: NDArray[np.uint8]
    tall: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Layers:
    """What of one surface lies under the pixels: pixel, distance ahead, normal, outside seen, taken by the plan."""

    surface: StillSurface
    pixels: NDArray[np.int32]
    aheads: NDArray[np.float32]
    normals: Values
    fronts: NDArray[np.bool_]
    taken: NDArray[np.bool_]


class _Canvas:
    def __init__(self, view: StillView, half_size: tuple[float, float], pixels_per_half: float) -> None:
        self.view = view
        self.shape = (round(2 * half_size[1] * pixels_per_half), round(2 * half_size[0] * pixels_per_half))
        self.picture = np.zeros((self.shape[0] * self.shape[1], 4), np.float32)
        self.depth = np.full(len(self.picture), np.inf, np.float32)
        self._per_half = pixels_per_half

    def layers(self, surface: StillSurface, resected: Resected | None) -> _Layers:
        from engine.still.kernels import cover

        corners = self.view.on_screen(surface.vertices_lps_mm.astype(np.float64))
        corners[:, :2] = self._middle + corners[:, :2] * [self._per_half, -self._per_half]
        bent = np.ascontiguousarray(surface.normals_lps @ self.view.view_from_lps.T.astype(np.float32))
        faces = np.require(surface.faces, np.uint32, ["C", "W"])
        # Only what is opaque and open shows its inside.
        inside_too = surface.is_cut and surface.opacity >= OPAQUE_FROM
        room = 0
        while True:
            found, pixels, aheads, normals, fronts = cover(corners, bent, faces, self.shape, room, inside_too)
            if found <= room:
                break
            room = found
        taken = np.zeros(len(pixels), np.bool_)
        if resected is not None and surface.is_cut:
            taken = resected(self.view.lps_points(self._places(pixels, aheads)))
        return _Layers(surface=surface, pixels=pixels, aheads=aheads, normals=normals, fronts=fronts, taken=taken)

    def draw_solid(self, layers: _Layers) -> None:
        shown = self._nearest(layers, ~layers.taken)
        tissue = linear_of(layers.surface.colour)
        colours = solid(tissue, *self._facing(layers, shown), layers.fronts[shown])
        self._blend(layers.pixels[shown], as_displayed(colours), np.ones(len(shown), np.float32))

    def draw_organ(self, layers: _Layers) -> None:
        """Its nearest layer alone; what is drawn later and lies behind it stays hidden."""
        self._draw_veil(layers, self._nearest(layers, ~layers.taken))

    def draw_veil(self, layers: _Layers) -> None:
        self._draw_veil(layers, self._seen(layers, ~layers.taken))

    def draw_ghost(self, layers: _Layers) -> None:
        shown = self._seen(layers, layers.fronts & layers.taken)
        opacity = _ORGAN_GHOST if layers.surface.is_organ else _VESSEL_GHOST
        colours, alphas = ghost(linear_of(layers.surface.colour), *self._facing(layers, shown), opacity)
        self._blend(layers.pixels[shown], as_displayed(colours), alphas)

    def _draw_veil(self, layers: _Layers, shown: NDArray[np.int64]) -> None:
        tissue = linear_of(layers.surface.colour)
        colours, alphas = veil(tissue, *self._facing(layers, shown), layers.surface.opacity)
        self._blend(layers.pixels[shown], as_displayed(colours), alphas)

    @property
    def _middle(self) -> NDArray[np.float64]:
        return np.array([self.shape[1], self.shape[0]]) / 2

    def _places(self, pixels: NDArray[np.int32], aheads: NDArray[np.float32]) -> NDArray[np.float64]:
        """(n, 3) in the eye's own axes, mm."""
        columns_rows = np.stack([pixels % self.shape[1], pixels // self.shape[1]], axis=1) + 0.5
        screen = (columns_rows - self._middle) / [self._per_half, -self._per_half]
        return self.view.view_points(screen, aheads.astype(np.float64))

    def _facing(self, layers: _Layers, shown: NDArray[np.int64]) -> tuple[Values, Values]:
        """Unit normals towards the eye, and unit vectors to it."""
        normals, fronts = layers.normals[shown], layers.fronts[shown]
        places = self._places(layers.pixels[shown], layers.aheads[shown])
        eyes = np.asarray(-places / np.linalg.norm(places, axis=1, keepdims=True), np.float32)
        normals = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
        return np.asarray(np.where(fronts[:, None], normals, -normals), np.float32), eyes

    def _nearest(self, layers: _Layers, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
        from engine.still.kernels import keep_nearest

        nearest = keep_nearest(layers.pixels, layers.aheads, wanted, self.depth)
        return nearest[nearest >= 0]

    def _seen(self, layers: _Layers, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.flatnonzero(wanted & (layers.aheads < self.depth[layers.pixels]))

    def _blend(self, pixels: NDArray[np.int32], colours: Values, alphas: Values) -> None:
        from engine.still.kernels import lay_over

        lay_over(self.picture, np.ascontiguousarray(pixels), np.ascontiguousarray(colours), alphas)

    def averaged(self) -> NDArray[np.uint8]:
        """(rows, columns, 4) with alpha taken out of the colours."""
        rows, columns = self.shape[0] // _SAMPLES, self.shape[1] // _SAMPLES
        samples = self.picture.reshape(rows, _SAMPLES, columns, _SAMPLES, 4)
        mean = samples.mean(axis=(1, 3))
        alphas = mean[..., 3:]
        colours = np.where(alphas > 0, mean[..., :3] / np.maximum(alphas, 1e-6), 0)
        return np.asarray(np.rint(255 * np.clip(np.concatenate([colours, alphas], axis=2), 0, 1)), np.uint8)


def draw_still(
    surfaces: Sequence[StillSurface], view: StillView, window_rows: int, resected: Resected | None = None
) -> Still:
    """Draws what is shown, as far as it reaches.

    Args:
        surfaces: everything that is shown.
        view: from where.
        window_rows: pixels of the window's height.
        resected: what the plan takes away; None where it takes nothing.
    """
    half_size = _half_size(surfaces, view, window_rows)
    canvas = _Canvas(view, half_size, window_rows / 2 * _SAMPLES)
    far_first = sorted(surfaces, key=lambda one: -_ahead_mm(one, view))
    everything = [canvas.layers(one, resected) for one in far_first]
    organs = [one for one in everything if one.surface.is_organ]
    for one in everything:
        if one.surface.opacity >= OPAQUE_FROM:
            canvas.draw_solid(one)
    veils = [one for one in everything if one.surface.opacity < OPAQUE_FROM]
    for one in veils:
        if one.surface.is_organ:
            canvas.draw_organ(one)
    if resected is not None:
        for one in everything:
            if one.surface.is_cut:
                canvas.draw_ghost(one)
    for one in veils:
        if one not in organs:
            canvas.draw_veil(one)
    return Still(rgba=canvas.averaged(), tall=half_size[1])


def warm_up() -> None:
    """Compiles or loads the kernels; blocks."""
    corners = np.vstack([np.zeros(3), np.eye(3)])
    tetrahedron = StillSurface(
        vertices_lps_mm=corners.astype(np.float32),
        normals_lps=corners.astype(np.float32),
        faces=np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.uint32),
        colour="#808080",
        opacity=1.0,
        is_organ=False,
        is_cut=False,
    )
    draw_still([tetrahedron], home_view(np.stack([np.zeros(3), np.ones(3)])), 16)


def _half_size(surfaces: Sequence[StillSurface], view: StillView, window_rows: int) -> tuple[float, float]:
    """Of the picture, in halves of the window's height, on whole pixels."""
    reach = np.full(2, _LEAST)
    for one in surfaces:
        if len(one.vertices_lps_mm):
            reach = np.maximum(reach, np.abs(view.on_screen(one.vertices_lps_mm.astype(np.float64))[:, :2]).max(axis=0))
    pixels = np.ceil(np.minimum(reach, [_WIDEST, _HIGHEST]) * window_rows / 2)
    width, height = (float(one) for one in pixels * 2 / window_rows)
    return width, height


def _ahead_mm(surface: StillSurface, view: StillView) -> float:
    """Of the middle of its box, which decides what is drawn first."""
    if not len(surface.vertices_lps_mm):
        return 0.0
    points = surface.vertices_lps_mm
    middle = (points.min(axis=0).astype(np.float64) + points.max(axis=0)) / 2
    return float(view.on_screen(middle[None])[0, 2])
