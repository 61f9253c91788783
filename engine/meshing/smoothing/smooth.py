"""Smoothing that leaves the volume where it was.

Taubin's filter keeps the volume of what is thick and lets a branch of one or two voxels shrink to a thread; one
offset for the whole tree would then fatten the trunk and leave the twig. So a thin structure keeps account: what the
first surface cuts off the voxels is known cube by cube from the case table, what each vertex sweeps by smoothing is
its way times its area. Both are spread along the surface over about a slice's stair and given back along the normals.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.meshing.marching.extract import GridSurface

# Taubin's pass band k = 1/lambda + 1/mu: what is shorter than some ten edges goes.
SHRINK = 0.5
THICK_PASS_BAND, THICK_PAIRS = 0.05, 10
# A small piece bears this much; a pass band below its own lowest frequency (about 7 / vertices for a ball) would
# collapse it. Pieces with fewer vertices still are left as they are.
SMALL_PASS_BAND, SMALL_PAIRS = 0.1, 3
SMALL_FROM, LARGE_FROM = 100, 600
# A larger one is smoothed by the height of its stairs in edges: pass band times and pairs per that height.
LARGE_PASS_BAND, LARGE_PAIRS = 0.035, 4.0
LARGE_PASS_BANDS, LARGEST_PAIRS = (0.005, 0.02), (8, 25)
THIN_ROUNDS = 2
LAST_RESTORATIONS = 1
# Per round, vertices move at most this part of the finest sample's width, so that no surface folds over itself.
MOST_MOVE_OF_SAMPLE = 0.45
SPREADING = 5.0
FEWEST_SPREADING_STEPS, MOST_SPREADING_STEPS = 8, 160
# Volumes are brought this near to what is wanted (relative).
VOLUME_TOLERANCE = 1e-4
MOST_OFFSETS = 16

Neighbours = tuple[NDArray[np.int32], NDArray[np.int32]]


def smoothed_thick(surface: GridSurface) -> NDArray[np.float32]:
    """(n, 4) vertices of a blurred field's surface, which has few stairs left."""
    from engine.meshing.smoothing.kernels import neighbours, pieces_of

    edges = neighbours(surface.faces, len(surface.vertices))
    sizes, _ = pieces_of(surface.faces, len(surface.vertices))
    return _smoothed_by_size(surface.vertices, edges, sizes, (THICK_PASS_BAND, THICK_PAIRS))


def smoothed_thin(surface: GridSurface, spacing_mm: NDArray[np.float64], stair_mm: float) -> NDArray[np.float32]:
    """(n, 4) smoothed vertices around which as much is enclosed as their samples stand for.

    Args:
        surface: with its account.
        spacing_mm: (3,) of the samples.
        stair_mm: height of the stairs to be levelled.
    """
    from engine.meshing.smoothing.kernels import neighbours, normals_of, pieces_of, take_swept

    assert surface.middles is not None
    assert surface.missing_mm3 is not None
    faces, vertices, missing = surface.faces, surface.vertices, surface.missing_mm3.copy()
    edges = neighbours(faces, len(vertices))
    sizes, _ = pieces_of(faces, len(vertices))
    most_mm = MOST_MOVE_OF_SAMPLE * float(spacing_mm.min())
    _, area_mm2, normals = normals_of(vertices, faces)
    if surface.middles is not vertices:
        take_swept(missing, surface.middles, vertices, normals_of(surface.middles, faces)[2], normals)
    # Diffusion goes the square root of its steps in edges: far enough to average the stairs of two slices.
    edge_mm = float(np.sqrt(area_mm2 / len(vertices)))
    stair = stair_mm / edge_mm
    steps = int(np.clip(SPREADING * stair**2, FEWEST_SPREADING_STEPS, MOST_SPREADING_STEPS))
    pass_band = float(np.clip(LARGE_PASS_BAND / stair, *LARGE_PASS_BANDS))
    strength = pass_band, int(np.clip(round(LARGE_PAIRS * stair), *LARGEST_PAIRS))
    for _ in range(THIN_ROUNDS):
        smooth = _smoothed_by_size(vertices, edges, sizes, strength)
        smooth_normals = normals_of(smooth, faces)[2]
        take_swept(missing, vertices, smooth, normals, smooth_normals)
        vertices, normals = _given_back(smooth, smooth_normals, missing, (faces, edges), (most_mm, steps))
    for _ in range(LAST_RESTORATIONS):
        vertices, normals = _given_back(vertices, normals, missing, (faces, edges), (most_mm, steps))
    return vertices


def _smoothed_by_size(
    vertices: NDArray[np.float32], edges: Neighbours, sizes: NDArray[np.int32], strength: tuple[float, int]
) -> NDArray[np.float32]:
    """Smooths large pieces by `strength` (pass band, pairs), small ones as strongly as they can bear."""
    smooth = vertices.copy()
    small = np.flatnonzero((sizes >= SMALL_FROM) & (sizes < LARGE_FROM)).astype(np.int32)
    _taubin(smooth, small, edges, SMALL_PASS_BAND, SMALL_PAIRS)
    _taubin(smooth, np.flatnonzero(sizes >= LARGE_FROM).astype(np.int32), edges, *strength)
    return smooth


def _taubin(
    vertices: NDArray[np.float32], chosen: NDArray[np.int32], edges: Neighbours, pass_band: float, pairs: int
) -> None:
    from engine.meshing.smoothing.kernels import taubin

    if len(chosen):
        taubin(vertices, chosen, edges, pairs, (SHRINK, 1.0 / (pass_band - 1.0 / SHRINK)))


def _given_back(
    vertices: NDArray[np.float32],
    normals: NDArray[np.float32],
    missing: NDArray[np.float32],
    mesh: tuple[NDArray[np.int32], Neighbours],
    reach: tuple[float, int],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Moves vertices by what is missing around them, keeps `missing` up to date; new vertices and normals."""
    from engine.meshing.smoothing.kernels import give_back, normals_of, spread, take_swept

    (faces, edges), (most_mm, steps) = mesh, reach
    moved = give_back(vertices, normals, spread(missing, normals, *edges, steps), most_mm)
    moved_normals = normals_of(moved, faces)[2]
    take_swept(missing, vertices, moved, normals, moved_normals)
    return moved, moved_normals


def with_whole_volume(
    vertices: NDArray[np.float32], faces: NDArray[np.int32], wanted_mm3: float
) -> NDArray[np.float32]:
    """Moves vertices along their normals, all by the same distance, until the enclosed volume is as wanted.

    Newton steps on the volume, whose derivative by the distance is the surface's area; a step is at most a third of a
    ball's radius with that volume and area, because a single voxel begins with a sixth of what it should enclose.
    """
    from engine.meshing.smoothing.kernels import move_along, normals_of

    moved = vertices.copy()
    for _ in range(MOST_OFFSETS):
        volume_mm3, area_mm2, normals = normals_of(moved, faces)
        missing_mm3 = wanted_mm3 - volume_mm3
        if abs(missing_mm3) < VOLUME_TOLERANCE * wanted_mm3:
            break
        most_mm = abs(volume_mm3) / area_mm2
        move_along(moved, normals, float(np.clip(missing_mm3 / area_mm2, -most_mm, most_mm)))
    return moved
