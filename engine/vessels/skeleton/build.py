"""Builds the skeleton of a liver's vessels."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.class_probability import ClassProbability
from engine.thinning.kernels import FIXED, FREE, thin_in_place
from engine.vessels.skeleton import kernels
from engine.vessels.skeleton.bridges import Bridge, find_bridges
from engine.vessels.skeleton.centre_hu import piece_hu
from engine.vessels.skeleton.graph import CurveGraph, prune_spurs, trace_graph
from engine.vessels.skeleton.grid import WorkingGrid, working_grid
from engine.vessels.skeleton.value import PieceEvidence, VesselSkeleton
from engine.volume import LabelVolume, ScanVolume, box_of

PIECE_MM = 4.0
"""Length of a piece: short enough to cut close to where two vessels touch, long enough to have a direction."""

_LEAST_SHARE = 0.03
"""Labels in which one tree is smaller than this share of the other do not tell the trees apart."""


def build_skeleton(
    labels: LabelVolume,
    probability: ClassProbability | None,
    scan: ScanVolume | None = None,
    *,
    looked_at: bool = False,
) -> VesselSkeleton | None:
    """Works out centre lines, radii and evidence, or None where there is no vessel to follow.

    Args:
        labels: the liver with its vessels; portal and hepatic may be mixed up or in one class.
        probability: of the network, where there was one.
        scan: on the grid of the labels; how bright a vessel is helps to tell the trees apart.
        looked_at: whether a person has seen which vessel is which in the labels; then they count, not the network.
    """
    grid = working_grid(labels)
    if grid is None:
        return None
    curves = _curves(grid)
    if curves is None:
        return None
    graph, cells = curves
    specks = _count_specks(graph)  # before pruning, which leaves the tips of spurs behind as lone points
    prune_spurs(graph)
    if not graph.links:
        return None
    cava = grid.geometry.lps_from_index(np.argwhere(grid.codes == kernels.CAVA)[:, ::-1])
    bridges = find_bridges(graph, cava, probability)
    path, path_start, link = _pieces(graph, {b.target for b in bridges if b.target is not None})
    owner = _owners(grid, graph, cells, path, path_start)
    told = None if looked_at else probability
    evidence, informative = _evidence(labels, told, grid.voxels, owner, len(link))
    if scan is not None:
        evidence = replace(evidence, hu=piece_hu(scan, graph.points_mm, path, path_start))
    seen = VesselSkeleton(
        geometry=labels.geometry,
        points_lps_mm=graph.points_mm,
        radii_mm=graph.radii_mm,
        at_cava=graph.fixed,
        cava_away_mm=_away_from(cava, graph.points_mm),
        path=path,
        path_start=path_start,
        link=link,
        bridge=np.zeros(len(link)),
        voxels=grid.voxels,
        voxel_piece=owner,
        evidence=evidence,
        informative=informative,
        liver_box_lps_mm=_liver_box(labels),
        specks=specks,
    )
    return _with_bridges(seen, bridges)


def _with_bridges(seen: VesselSkeleton, bridges: list[Bridge]) -> VesselSkeleton:
    """The skeleton with every candidate as one more link of one piece."""
    points, radii, at_cava = [seen.points_lps_mm], [seen.radii_mm], [seen.at_cava]
    cava_away = [seen.cava_away_mm]
    path, path_start = [seen.path], seen.path_start.tolist()
    count = len(seen.points_lps_mm)
    for bridge in bridges:
        new = np.arange(count, count + len(bridge.points_mm))
        count += len(new)
        points.append(bridge.points_mm)
        radii.append(bridge.radii_mm)
        ends_there = np.zeros(len(new), dtype=bool)
        if bridge.target is None:
            ends_there[-1] = True
        at_cava.append(ends_there)
        cava_away.append(np.full(len(new), np.inf))
        way = [bridge.start, *new.tolist(), *([] if bridge.target is None else [bridge.target])]
        path.append(np.array(way, dtype=np.int32))
        path_start.append(path_start[-1] + len(way))
    added = len(bridges)
    first = int(seen.link.max()) + 1
    evidence = seen.evidence
    return replace(
        seen,
        points_lps_mm=np.concatenate(points),
        radii_mm=np.concatenate(radii),
        at_cava=np.concatenate(at_cava),
        cava_away_mm=np.concatenate(cava_away),
        path=np.concatenate(path),
        path_start=np.array(path_start, dtype=np.int32),
        link=np.concatenate([seen.link, np.arange(first, first + added, dtype=np.int32)]),
        bridge=np.concatenate([seen.bridge, [bridge.founded for bridge in bridges]]),
        evidence=PieceEvidence(
            label_portal=np.concatenate([evidence.label_portal, np.full(added, 0.5)]),
            trunk=np.concatenate([evidence.trunk, np.zeros(added)]),
            hepatic_outside=np.concatenate([evidence.hepatic_outside, np.zeros(added)]),
            network_logit=np.concatenate([evidence.network_logit, np.zeros(added)]),
            hu=np.concatenate([evidence.hu, np.full(added, np.nan)]),
        ),
    )


def _curves(grid: WorkingGrid) -> tuple[CurveGraph, NDArray[np.int64]] | None:
    """The graph of the thinned vessels, and the flat cell of each of its points; None where vessels are too thin."""
    import edt

    curve = np.zeros(grid.codes.shape, dtype=np.uint8)
    curve[grid.codes == kernels.VESSEL] = FREE
    curve[grid.codes == kernels.CAVA] = FIXED
    thin_in_place(curve)
    voxels = np.argwhere(curve == FREE)
    if not len(voxels):
        return None
    depth = edt.edt(grid.codes == kernels.VESSEL, parallel=1)
    around = [depth[tuple((voxels + shift).T)] for shift in np.argwhere(np.ones((3, 3, 3), dtype=bool)) - 1]
    # The wall lies half a step before the first voxel outside; a thinned curve may run a voxel off the middle.
    radii = (np.max(around, axis=0).astype(np.float64) - 0.5) * grid.step_mm
    at_cava = np.zeros(len(voxels), dtype=bool)
    for shift in np.argwhere(np.ones((3, 3, 3), dtype=bool)) - 1:
        at_cava |= grid.codes[tuple((voxels + shift).T)] == kernels.CAVA
    points = grid.geometry.lps_from_index(voxels[:, ::-1])
    graph = trace_graph(voxels, points, np.maximum(radii, 0.5 * grid.step_mm), at_cava)
    return graph, np.asarray(np.ravel_multi_index(tuple(voxels.T), grid.codes.shape), dtype=np.int64)


def _count_specks(graph: CurveGraph) -> int:
    """Parts that thinned to a single point, but for what lies against the vena cava."""
    return sum(not numbers and not graph.fixed[vertex] for vertex, numbers in graph.at.items())


def _pieces(graph: CurveGraph, targets: set[int]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """(path, path_start, link) of all links cut into pieces of about `PIECE_MM`, and at every target of a bridge."""
    path: list[int] = []
    starts = [0]
    links: list[int] = []
    for number, link in enumerate(graph.links.values()):
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(graph.points_mm[link.path], axis=0), axis=1))])
        count = min(max(1, round(along[-1] / PIECE_MM)), len(link.path) - 1)
        cuts = np.searchsorted(along, np.linspace(0.0, along[-1], count + 1)[1:-1])
        cuts = np.unique([*cuts, *(place for place, point in enumerate(link.path) if point in targets)])
        cuts = np.concatenate([[0], cuts[(cuts > 0) & (cuts < len(link.path) - 1)], [len(link.path) - 1]]).astype(int)
        for first, last in pairwise(cuts.tolist()):
            path.extend(link.path[first : last + 1])
            starts.append(len(path))
            links.append(number)
    return np.array(path, dtype=np.int32), np.array(starts, dtype=np.int32), np.array(links, dtype=np.int32)


def _owners(
    grid: WorkingGrid,
    graph: CurveGraph,
    cells: NDArray[np.int64],
    path: NDArray[np.int32],
    path_start: NDArray[np.int32],
) -> NDArray[np.int32]:
    """(v,) the piece of every vessel voxel of the scan, -1 where no centre line reaches it."""
    piece_of_path = np.repeat(np.arange(len(path_start) - 1, dtype=np.int32), np.diff(path_start))
    owner = np.full(grid.codes.size, -1, dtype=np.int32)
    kernels.spread_points(grid.codes, cells[path], graph.radii_mm[path] / grid.step_mm, owner)
    found = owner[grid.cells]
    # Scan voxels that the coarser grid lost take the owner of a neighbouring cell.
    plane, row = grid.codes.shape[1] * grid.codes.shape[2], grid.codes.shape[2]
    for shift in np.argwhere(np.ones((3, 3, 3), dtype=bool)) - 1:
        lost = found < 0
        if not lost.any():
            break
        found[lost] = owner[grid.cells[lost] + shift @ np.array([plane, row, 1])]
    return np.where(found >= 0, piece_of_path[found], -1).astype(np.int32)


def _evidence(
    labels: LabelVolume,
    probability: ClassProbability | None,
    voxels: NDArray[np.int64],
    owner: NDArray[np.int32],
    pieces: int,
) -> tuple[PieceEvidence, bool]:
    """What labels and network say of each piece, and whether the labels tell the trees apart.

    Labels beside a network that knows vessels as one class carry a guess of its own pipeline, which is no evidence.
    """
    values = labels.labels.ravel()[voxels]
    owned = owner >= 0
    count = np.bincount(owner[owned], minlength=pieces)

    def share(weight: NDArray[np.float64], otherwise: float) -> NDArray[np.float64]:
        total = np.bincount(owner[owned], weights=weight[owned], minlength=pieces)
        return np.where(count > 0, total / np.maximum(count, 1), otherwise)

    portal, hepatic = values == anatomy.PORTAL_VEIN, values == anatomy.HEPATIC_VEINS
    least = _LEAST_SHARE * (portal.sum() + hepatic.sum())
    logit = np.zeros(len(voxels))
    if probability is not None and {"portal_vein", "hepatic_veins"} <= set(probability.classes):
        logit = _network_logit(labels, probability, voxels)
    evidence = PieceEvidence(
        label_portal=share((portal | (values == anatomy.PORTAL_VEIN_EXTRAHEPATIC)).astype(float), 0.5),
        trunk=share((values == anatomy.PORTAL_VEIN_EXTRAHEPATIC).astype(float), 0.0),
        hepatic_outside=share((values == anatomy.HEPATIC_VEINS_EXTRAHEPATIC).astype(float), 0.0),
        network_logit=share(logit, 0.0),
        hu=np.full(pieces, np.nan),
    )
    guessed = probability is not None and "vessel" in probability.classes
    return evidence, bool(min(portal.sum(), hepatic.sum()) > least) and not guessed


def _network_logit(
    labels: LabelVolume, probability: ClassProbability, voxels: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(v,) log odds of portal against hepatic at the voxels, 0 outside the network's grid."""
    kji = np.stack(np.unravel_index(voxels, labels.geometry.shape_kji), axis=1)
    place = np.rint(probability.geometry.index_from_lps(labels.geometry.lps_from_index(kji[:, ::-1]))).astype(int)
    inside = ((place >= 0) & (place < probability.geometry.shape_kji[::-1])).all(axis=1)
    k, j, i = place[inside, 2], place[inside, 1], place[inside, 0]
    logit = np.zeros(len(voxels))
    # Half a step of the 8 bits keeps a certain answer finite.
    portal = probability.of("portal_vein")[k, j, i] + 0.5
    hepatic = probability.of("hepatic_veins")[k, j, i] + 0.5
    logit[inside] = np.log(portal / hepatic)
    return logit


def _away_from(cava_mm: NDArray[np.float64], points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) distance of (n, 3) points to (c, 3) points of the cava, infinite without any."""
    from scipy.spatial import cKDTree

    if not len(cava_mm):
        return np.full(len(points_mm), np.inf)
    away: NDArray[np.float64] = cKDTree(cava_mm).query(points_mm)[0]
    return away


def _liver_box(labels: LabelVolume) -> NDArray[np.float64]:
    """(2, 3) corners of the liver in LPS: taken from its voxels, whatever the grid's axes."""
    mask = labels.mask_of(anatomy.LIVER_VALUES)
    box = box_of(mask)
    assert box is not None, "a working grid needs a liver"
    start = np.array([b.start for b in box])
    some = np.argwhere(mask[box][::2, ::4, ::4]) * (2, 4, 4) + start
    points = labels.geometry.lps_from_index(some[:, ::-1])
    return np.stack([points.min(axis=0), points.max(axis=0)])
