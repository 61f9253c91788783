"""Redraws the network's vessels on the scan's own grid by intensity, tubes and connectivity."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.class_probability import ClassProbability
from engine.geometry import VolumeGeometry
from engine.segmentation import kernels as grid_kernels
from engine.segmentation.preprocess import kji_matrix
from engine.segmentation.vessel_refinement import kernels
from engine.segmentation.vessel_refinement.appearance import (
    Appearance,
    Evidence,
    appearance,
    smoothed,
    vessel_contrast_hu,
)
from engine.segmentation.vessel_refinement.faint_ends import without_faint_ends
from engine.segmentation.vessel_refinement.work_grid import WorkGrid, work_grid
from engine.volume import LabelVolume, ScanVolume, box_of

TUBE_SCALES_MM: Final = (1.5, 2.5, 4.0)
"""Gaussians that answer best to tubes of about 4, 7 and 11 mm; thicker ones are told by intensity alone."""

_VEINS: Final = (anatomy.PORTAL_VEIN, anatomy.HEPATIC_VEINS)
_MARGIN_VOXELS = 2
_TUBE_WEIGHT = 1.5
_HALF_CONTRAST = 0.5
_PRIOR_WEIGHT = 0.1
_PRIOR_MIDDLE = 0.5
"""Even odds say nothing: a network that answers generously would otherwise move every border outwards."""

_WEAK_SD = 2.5
_STRONG_SHARE = 0.3
_LEAST_STRONG_MM3 = 15.0
_LEAST_PIECE_MM3 = 80.0
_RIM_MM = 3.0


def refine_vessels(scan: ScanVolume, labels: LabelVolume, probability: ClassProbability) -> LabelVolume:
    """Redraws portal and hepatic veins inside the liver where this scan's intensities can tell them.

    The network sees 1.5 mm and answers generously; here each voxel of the scan's grid is judged by its HU above the
    local parenchyma as a share of what this patient's sure vessels show, helped by how tube-like its surroundings
    are and, a little, by the network. Its zero is half the contrast, where the border of a blurred vessel lies.
    Pieces need a strong voxel or two, weak ones count only if connected (hysteresis), and not where they are a faint
    end. A tree whose contrast is below
    3 sd of the parenchyma keeps the network's voxels. Lesions are left alone; at the liver's rim the network has to
    agree, because fat, ribs and neighbours shine in.

    Args:
        scan: the CT.
        labels: with the network's veins, on the scan's grid; the intrahepatic values are redrawn.
        probability: of the network; its classes hold "vessel", or "portal_vein" and "hepatic_veins".

    Returns:
        New labels; the given ones where there is nothing to refine.
    """
    box = box_of(labels.mask_of(anatomy.LIVER_VALUES))
    if box is None:
        return labels
    k, j, i = (
        slice(max(0, side.start - _MARGIN_VOXELS), min(extent, side.stop + _MARGIN_VOXELS))
        for side, extent in zip(box, labels.geometry.shape_kji, strict=True)
    )
    part = labels.labels[k, j, i]
    geometry = labels.geometry.cropped((k.start, j.start, i.start), (part.shape[0], part.shape[1], part.shape[2]))
    redrawn = _redrawn(scan.voxels_hu[k, j, i], part, geometry, probability)
    if redrawn is None:
        return labels
    values = labels.labels.copy()
    values[k, j, i] = redrawn
    return LabelVolume(labels=values, geometry=labels.geometry)


def _redrawn(
    hu: NDArray[np.int16], part: NDArray[np.uint8], geometry: VolumeGeometry, probability: ClassProbability
) -> NDArray[np.uint8] | None:
    """(k, j, i) uint8 labels of the liver's box, or None where intensities tell nothing."""
    grid = work_grid(geometry)
    evidence = _evidence(hu, part, grid, probability)
    found = appearance(evidence)
    if found is None:
        return None
    nearest = np.zeros(evidence.liver.shape, dtype=np.uint8)
    for value in _VEINS:
        nearest[grid.mean(part == value) > 0.5] = value
    grid_kernels.spread(nearest, np.ones(nearest.shape, dtype=bool))
    contrasts = {value: vessel_contrast_hu(found, evidence, nearest == value) for value in _VEINS}
    if all(contrast is None for contrast in contrasts.values()):
        return None
    region = np.isin(part, (anatomy.PARENCHYMA, *_VEINS))
    vessel = np.zeros(part.shape, dtype=bool)
    near = _nearest_values(nearest, grid)
    known = {value: contrast for value, contrast in contrasts.items() if contrast is not None}
    for value, drawn in _drawn(found, evidence, known, nearest).items():
        # Interpolating the score, not the mask, gives borders finer than the work grid's steps.
        vessel |= (grid.back(drawn) > 0) & (near == value)
    for value in _VEINS:
        if value not in known:
            vessel |= part == value
    return _with_kinds(part, vessel & region, near)


def _evidence(
    hu: NDArray[np.int16], part: NDArray[np.uint8], grid: WorkGrid, probability: ClassProbability
) -> Evidence:
    import edt

    inside = np.isin(part, anatomy.LIVER_VALUES)
    liver = grid.mean(inside) > 0.5
    spacing = grid.spacing_kji_mm
    geometry = grid.geometry
    share = np.zeros(geometry.shape_kji, dtype=np.float32)
    total = sum(
        probability.of(name).astype(np.int16)
        for name in ("vessel", "portal_vein", "hepatic_veins")
        if name in probability.classes
    )
    grid_kernels.resample_linear(
        np.asarray(total, dtype=np.int16), kji_matrix(probability.geometry, geometry), 0.0, share
    )
    return Evidence(
        hu=grid.mean(hu),
        liver=liver,
        lesion=grid.mean((part >= anatomy.FIRST_TUMOUR) | (part == anatomy.LIVER_CYST)) > 0.25,
        depth_mm=edt.edt(liver, anisotropy=tuple(spacing.tolist())).astype(np.float32),
        vessel_share=share / np.float32(255),
        spacing_kji_mm=spacing,
    )


def vessel_score(found: Appearance, evidence: Evidence, contrast_hu: float) -> NDArray[np.float32]:
    """(k, j, i) float32: above 0 where a voxel is rather vessel, in shares of the vessels' contrast.

    The threshold is half the contrast, or 2.5 sd of what parenchyma itself shows where noise is worse than that.
    """
    above = found.above_hu / np.float32(contrast_hu)
    look = evidence.liver & ~evidence.lesion & (above > 0.1)
    tubes = np.zeros(above.shape, dtype=np.float32)
    for scale_mm in TUBE_SCALES_MM:
        kernels.raise_to_tubes(
            smoothed(above, scale_mm, evidence.spacing_kji_mm), look, evidence.spacing_kji_mm, scale_mm, tubes
        )
    measured = above + np.float32(_TUBE_WEIGHT) * tubes
    of_parenchyma = measured[found.parenchyma]
    middle = float(np.median(of_parenchyma))
    spread = 1.4826 * float(np.median(np.abs(of_parenchyma - middle)))
    threshold = max(_HALF_CONTRAST, middle + _WEAK_SD * spread)
    prior = np.clip(evidence.vessel_share / _PRIOR_MIDDLE - 1.0, -1.0, 1.0) * np.float32(_PRIOR_WEIGHT)
    score: NDArray[np.float32] = measured + prior - np.float32(threshold)
    score[evidence.lesion | ~evidence.liver] = -1.0
    score[(evidence.depth_mm < _RIM_MM) & (evidence.vessel_share < 0.5)] = -1.0
    return score


def _drawn(
    found: Appearance, evidence: Evidence, contrasts: dict[int, float], nearest: NDArray[np.uint8]
) -> dict[int, NDArray[np.float32]]:
    """For each tree (k, j, i) float32 above 0 where it is seen: in pieces large enough, without faint ends."""
    scores = {value: vessel_score(found, evidence, contrast) for value, contrast in contrasts.items()}
    vessel = np.zeros(nearest.shape, dtype=bool)
    share = np.zeros(nearest.shape, dtype=np.float32)
    for value, contrast in contrasts.items():
        vessel |= hysteresis(scores[value], nearest == value, evidence)
        np.copyto(share, found.above_hu / np.float32(contrast), where=nearest == value)
    vessel = without_faint_ends(vessel, share)
    return {
        value: np.where(vessel & (nearest == value), score, np.minimum(score, np.float32(-0.05)))
        for value, score in scores.items()
    }


def hysteresis(score: NDArray[np.float32], near: NDArray[np.bool_], evidence: Evidence) -> NDArray[np.bool_]:
    """(k, j, i) pieces above 0 that are large enough and hold strong voxels, and are near this tree."""
    import cc3d

    voxel_mm3 = float(np.prod(evidence.spacing_kji_mm))
    pieces = np.asarray(cc3d.connected_components(score > 0, connectivity=26)).ravel()
    sizes = np.bincount(pieces) * voxel_mm3
    strong = np.bincount(pieces[(score > _STRONG_SHARE).ravel()], minlength=len(sizes)) * voxel_mm3
    keep = (sizes >= _LEAST_PIECE_MM3) & (strong >= _LEAST_STRONG_MM3)
    keep[0] = False
    kept: NDArray[np.bool_] = keep[pieces].reshape(score.shape) & near
    return kept


def _nearest_values(nearest: NDArray[np.uint8], grid: WorkGrid) -> NDArray[np.uint8]:
    """(k, j, i) uint8 on the scan's grid: the tree of each block, repeated."""
    values = nearest
    for axis, (block, extent) in enumerate(zip(grid.blocks, grid.fine.shape_kji, strict=True)):
        values = np.repeat(values, block, axis=axis).take(range(extent), axis=axis)
    return values


def _with_kinds(part: NDArray[np.uint8], vessel: NDArray[np.bool_], near: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Labels with the veins redrawn: added voxels take the tree nearest along the vessels, else the nearest."""
    kinds = np.where(vessel & np.isin(part, _VEINS), part, np.uint8(0))
    grid_kernels.spread(kinds, vessel)
    kinds = np.where(vessel & (kinds == 0), near, kinds)
    out: NDArray[np.uint8] = np.where(np.isin(part, _VEINS), np.uint8(anatomy.PARENCHYMA), part)
    np.copyto(out, kinds, where=kinds > 0)
    return out
