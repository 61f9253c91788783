"""How far the surfaces of neighbours reach into each other, and whether a coarser level shows more of it.

    python benchmarks/meshing_parts/neighbours.py --case CASE

Each structure is meshed and simplified on its own, so that two which touch in the voxels may overlap. Of every pair
(the body, and a liver with what lies in it, are none: one includes the other) the depth is the farthest that a vertex
of one lies inside the other, and the share that of the vertices which lie deeper than a voxel's diagonal. Where a thin
neighbour runs in a crevice of a thick organ, narrower than the organ's samples, the organ's surface goes over it: then
it is deep already at the finest level. What simplification adds to that is told in pixels: the client chooses a level
where its error is below a quarter of a pixel, so it is a quarter of added depth / error of the coarser of both.

Also: triangles of one surface that pass through each other.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER, structure_named
from engine.case import Case
from engine.meshing.crossings.count import crossing_pairs
from engine.surface import MeshLevel

PIXELS_OF_ERROR = 0.25
"""As `headset_client/src/scene/level-choice.ts` chooses."""
AROUND_ALL = "body"


@dataclass(frozen=True, kw_only=True)
class Overlap:
    """Of two levels that are drawn together."""

    deepest_mm: float
    share_beyond_a_voxel: float
    error_mm: float


def overlap(one: MeshLevel, other: MeshLevel, voxel_mm: float) -> Overlap:
    """How two surfaces reach into each other."""
    depths = np.concatenate([_depths(one, other), _depths(other, one)])
    corners = len(one.vertices_lps_mm) + len(other.vertices_lps_mm)
    return Overlap(
        deepest_mm=float(depths.max(initial=0.0)),
        share_beyond_a_voxel=float((depths > voxel_mm).sum() / corners),
        error_mm=max(one.error_mm, other.error_mm),
    )


def _depths(points: MeshLevel, body: MeshLevel) -> NDArray[np.float64]:
    """Of each vertex that lies inside the body, how deep."""
    import open3d as o3d

    low, high = body.bounds_lps_mm
    near = points.vertices_lps_mm[np.all((points.vertices_lps_mm > low) & (points.vertices_lps_mm < high), axis=1)]
    if len(near) == 0:
        return np.zeros(0)
    scene = o3d.t.geometry.RaycastingScene(nthreads=1)
    scene.add_triangles(
        o3d.core.Tensor(np.ascontiguousarray(body.vertices_lps_mm)), o3d.core.Tensor(np.ascontiguousarray(body.faces))
    )
    signed = scene.compute_signed_distance(o3d.core.Tensor(np.ascontiguousarray(near)), nsamples=3).numpy()
    return -signed[signed < 0].astype(np.float64)


def pair_lines(case: Case) -> list[str]:
    """A line for each pair that touches, and how much a coarser level adds at most."""
    voxel_mm = float(np.linalg.norm(case.labels().geometry.spacing_ijk_mm))
    names = [one.name for one in case.manifest.structures if one.levels and one.name != AROUND_ALL]
    levels = {name: _levels(case, name) for name in names}
    lines = [
        f"finest level: deepest, share of vertices deeper than a voxel's diagonal ({voxel_mm:.1f} mm); added by levels:"
    ]
    most = 0.0
    for one, other in combinations(names, 2):
        if LIVER.name in (one, other) and structure_named(one if other == LIVER.name else other).lies_in_liver:
            continue
        if not _touch(levels[one][0], levels[other][0]):
            continue
        chain = [
            overlap(*(of[min(place, len(of) - 1)] for of in (levels[one], levels[other])), voxel_mm)
            for place in range(max(len(levels[one]), len(levels[other])))
        ]
        added = [
            PIXELS_OF_ERROR * (at.deepest_mm - chain[0].deepest_mm) / at.error_mm for at in chain[1:] if at.error_mm
        ]
        most = max([most, *added])
        if max(at.deepest_mm for at in chain) > 0.05:
            lines.append(
                f"  {one:19s} {other:19s} {chain[0].deepest_mm:5.2f} mm {100 * chain[0].share_beyond_a_voxel:6.2f} %   "
                + " ".join(f"{pixels:+.2f}" for pixels in added)
                + " px"
            )
    return [*lines, f"  a coarser level adds at most {most:.2f} pixels where it is chosen"]


def crossing_lines(case: Case) -> list[str]:
    """For each level that has any, pairs of triangles that pass through each other."""
    lines = ["triangles of one surface that cross:"]
    for record in case.manifest.structures:
        for place, level in enumerate(_levels(case, record.name)):
            pairs = crossing_pairs(level.vertices_lps_mm.astype(np.float64), level.faces.astype(np.int64))
            if pairs:
                lines.append(f"  {record.name:19s} level {place}: {pairs:4d} pairs of {len(level.faces)} triangles")
    return lines


def _levels(case: Case, name: str) -> list[MeshLevel]:
    record = next(one for one in case.manifest.structures if one.name == name)
    return [case.mesh(name, number) for number in range(len(record.levels))]


def _touch(a: MeshLevel, b: MeshLevel) -> bool:
    return bool(np.all(a.bounds_lps_mm[0] <= b.bounds_lps_mm[1]) and np.all(b.bounds_lps_mm[0] <= a.bounds_lps_mm[1]))


def main() -> None:
    """Prints both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", type=Path, required=True)
    case = Case.open(parser.parse_args().case)
    print("\n".join([*pair_lines(case), *crossing_lines(case)]))


if __name__ == "__main__":
    main()
