"""One descent of edge collapses past several triangle counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import MeshError

if TYPE_CHECKING:
    from engine.meshing.half_edges.kernels import HalfEdgeMesh

Surface = tuple[NDArray[np.float64], NDArray[np.int64]]

LEAST_TURN: Final = 0.2
"""Cosine between a face's normal before and after a collapse."""
LEAST_SHAPE: Final = 0.1
"""1 for an equilateral triangle, 0 for a line."""
STIFFNESS: Final = 1e-4
SHORTNESS: Final = 1e-6
DEBT: Final = 1.0
"""The error that earlier collapses left at a place counts whole against collapsing on there: the worst place is then
about a tenth nearer to the surface than without."""
REACH: Final = 0.5
"""What the squared distance by which a collapse takes the surface away counts beside the one to planes. Planes do not
see the tip of a thin tube go: without this the worst place of a vessel tree is up to three times as far off."""
SHARE: Final = 0.3
"""At most this part of the vertices is asked for a collapse in one pass: cheap edges first, as a queue would."""
MEMORY: Final = 0.75
"""Planes are taken anew whenever this part of the triangles is left: quadrics without memory (Lindstrom and Turk 1999)
keep closer to the surface than sums over the whole descent."""
PACKED: Final = 0.75
SAMPLES: Final = 1024
WORTH_THREADS: Final = 20_000
"""Vertices below which a second thread does not pay."""
BORDERS: Final = (0.5, 0.38, 0.62)
"""Where threads share the vertices, in turn: next to a border nothing is collapsed in that pass."""
SLOW: Final = 0.02
"""A pass that collapses a smaller part than this asks for more the next time."""


def descend(vertices_mm: NDArray[np.float64], faces: NDArray[np.int64], counts: Sequence[int]) -> Iterator[Surface]:
    """Simplifies a surface by edge collapses, past falling triangle counts.

    Every surface has the topology of the first: each collapse keeps the link condition, turns no face by more than
    `LEAST_TURN` and leaves no sliver. The same surface gives the same result, however many cores there are.

    Args:
        vertices_mm: (n, 3) mm.
        faces: (m, 3); closed, manifold and oriented.
        counts: wanted triangles, falling.

    Yields:
        (n', 3) vertices and (m', 3) faces for each count: no more than it, unless topology, turning or slivers forbade.

    Raises:
        MeshError: the surface is not closed and manifold.
    """
    descent = Descent(vertices_mm, faces)
    for count in counts:
        descent.go_to(count)
        yield descent.surface()


class Descent:
    """A surface on its way down.

    Args:
        vertices_mm: (n, 3) mm.
        faces: (m, 3); closed, manifold and oriented.

    Raises:
        MeshError: it is not.
    """

    def __init__(self, vertices_mm: NDArray[np.float64], faces: NDArray[np.int64]) -> None:
        """Pairs the half-edges and takes the planes."""
        from engine.meshing.half_edges.kernels import HalfEdgeMesh, half_edges_of, irregular_vertices
        from engine.meshing.quadrics.kernels import Limits

        tails, twins, leaving, sound = half_edges_of(np.ascontiguousarray(faces, dtype=np.int64), len(vertices_mm))
        if not sound or irregular_vertices(tails, twins, leaving) > 0:
            raise MeshError(
                f"A surface of {len(faces)} triangles to simplify is not closed and manifold.",
                cure="Please report this with the label map.",
            )
        self._centre_mm = vertices_mm.mean(axis=0)
        self._limits = Limits(LEAST_TURN**2, LEAST_SHAPE**2, STIFFNESS, SHORTNESS, DEBT, REACH)
        points = np.ascontiguousarray(vertices_mm - self._centre_mm)
        quadrics, floors = np.zeros((len(points), 12)), np.empty(len(points))
        self._mesh = HalfEdgeMesh(points, tails, twins, leaving, quadrics, floors)
        self._faces = len(faces)
        self._passes = 0
        self._take_planes()

    def surface(self) -> Surface:
        """(n, 3) vertices in mm and (m, 3) faces of the surface as it is now."""
        mesh = self._packed()
        faces: NDArray[np.int64] = mesh.tails.reshape(-1, 4)[:, :3].astype(np.int64)
        return mesh.points + self._centre_mm, faces

    def go_to(self, count: int) -> None:
        """Collapses the cheapest edges until no more than `count` triangles are left, or nothing more may go."""
        eagerness = 1.0
        while self._faces > count:
            wanted = (self._faces - count + 1) // 2
            alive = self._faces // 2
            share = min(SHARE, 1.2 * wanted / alive) * eagerness
            done = self._sweep(self._cost_of_share(share), wanted)
            self._faces -= 2 * done
            if done == 0 and share >= 1.0:
                return
            eagerness = 2.0 * eagerness if done < min(SLOW * alive, wanted) else 1.0
            if self._faces < MEMORY * self._faces_at_planes:
                self._packed()
                self._take_planes()
            elif self._faces // 2 < PACKED * len(self._mesh.leaving):
                self._packed()

    def _cost_of_share(self, share: float) -> float:
        """The cost that about this share of the vertices has an edge below."""
        from engine.meshing.simplification.kernels import sampled_costs

        if share >= 1.0:
            # Whoever was refused may ask again.
            self._mesh.floors[:] = 0.0
            return float("inf")
        costs = sampled_costs(self._mesh, self._limits, max(1, len(self._mesh.leaving) // SAMPLES))
        at = int(share * len(costs))
        return float(np.partition(costs, at)[at])

    def _sweep(self, most_cost: float, wanted: int) -> int:
        from engine.meshing.simplification.kernels import sweep

        size = len(self._mesh.leaving)
        self._passes += 1
        if size < WORTH_THREADS:
            return int(sweep(self._mesh, self._limits, (0, size), most_cost, wanted))
        border = BORDERS[self._passes % len(BORDERS)]
        ends = [0, int(border * size), size]
        shares = [int(border * wanted), wanted - int(border * wanted)]
        with ThreadPoolExecutor(2) as pool:
            spans = zip(pairwise(ends), shares, strict=True)
            work = [pool.submit(sweep, self._mesh, self._limits, span, most_cost, part) for span, part in spans]
            return sum(int(part.result()) for part in work)

    def _take_planes(self) -> None:
        from engine.meshing.quadrics.kernels import add_planes

        self._mesh.quadrics[:, :10] = 0.0
        self._mesh.floors[:] = 0.0
        add_planes(self._mesh.points, self._mesh.tails, self._mesh.quadrics)
        self._faces_at_planes = self._faces

    def _packed(self) -> HalfEdgeMesh:
        from engine.meshing.half_edges.kernels import compacted

        self._mesh = compacted(self._mesh)
        return self._mesh
