"""Puts a plan's answer beside its flattened cuts: vessels by name, tumours by margin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import structure_named
from engine.case import Case
from engine.resection import PlanAnswer, PlanEvaluator
from engine.resection.answer import TumourMargin
from engine.resection.plan import Cone, Resection, ResectionPlan, WedgeResection
from engine.resection.resectogram import Resectogram, ResectogramMaker
from engine.resection.resectogram.picture import CutVessel, NearTumour, ResectogramPanel, draw_resectograms
from engine.storage import storage_errors
from engine.vessel_tree import VesselKind
from engine.volume import LabelVolume, box_of
from streaming.assets.branches import branch_title

NEAR_MM: Final = 40.0
"""Tumours farther from the flattened cut are left out of its picture."""
_ON_CUT_MM: Final = 2.0
DATA_NAMES: Final = (
    "u_mm",
    "v_mm",
    "position_lps_mm",
    "margin_mm",
    "hu",
    "structure",
    "on_cut",
    "bounds_remnant",
    "area_mm2",
)


def panels_of(case: Case, plan: ResectionPlan, numbers: Sequence[int], *, pixels: int) -> list[ResectogramPanel]:
    """One panel a resection, or one a wall of a territory.

    Raises:
        PlanError: a resection cannot be laid flat or does not cut the liver.
        CaseCorruptError: a file of the case is damaged.
    """
    labels, trees, liver_map = case.labels(), case.vessel_trees(), case.liver_map()
    maker = ResectogramMaker(labels, case.scan(), liver_map=liver_map, trees=trees)
    made = [one for number in numbers for one in maker.make_all(plan, number, pixels=pixels)]
    answer = PlanEvaluator(labels, trees=trees, liver_map=liver_map).evaluate(plan)
    return [
        ResectogramPanel(
            resectogram=one,
            title=f"Resection {one.number}: {kind_title(plan.resections[one.number - 1])}{_wall(one)}",
            vessels=cut_vessels(one, answer),
            tumours=tuple(
                NearTumour(title=tumour_title(near.margin.tumour), words=_words(near.margin), shadow=near.shadow)
                for near in near_tumours(one, labels, answer)
            ),
        )
        for one in made
    ]


def write_picture(panels: Sequence[ResectogramPanel], path: Path) -> None:
    """Writes the PNG, whole or not at all.

    Raises:
        StorageError: the disk is full or may not be written.
    """
    unfinished = path.with_name(f".{path.name}.part.png")
    try:
        with storage_errors():
            draw_resectograms(panels, unfinished)
            unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_data(made: Sequence[Resectogram], path: Path) -> None:
    """Writes the arrays of every resectogram as NPZ, names led by "resection_N."; "resection_N.wall_M." of several.

    Raises:
        StorageError: the disk is full or may not be written.
    """
    arrays = {f"resection_{_key(one)}.{name}": getattr(one, name) for one in made for name in DATA_NAMES}
    with storage_errors(), path.open("wb") as stream:
        np.savez_compressed(stream, **arrays)


def _key(found: Resectogram) -> str:
    return f"{found.number}.wall_{found.sheet}" if found.sheets > 1 else str(found.number)


def _wall(found: Resectogram) -> str:
    return f", wall {found.sheet} of {found.sheets}" if found.sheets > 1 else ""


def kind_title(resection: Resection) -> str:
    """What a person calls the cut."""
    if isinstance(resection, WedgeResection):
        shape = "cone" if isinstance(resection.shape, Cone) else "spheroid"
        around = "" if resection.tumour is None else f" around {tumour_title(resection.tumour)}"
        return f"wedge ({shape}){around}"
    return {"plane": "plane", "surface": "curved surface"}.get(str(resection.as_json()["kind"]), "territory")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A branch that the plan goes through.

    Attributes:
        title: its name as people read it.
        tree: portal or hepatic.
        branch: its number; None without vessel trees.
        calibre_mm: diameter across its centre line.
        position_lps_mm: where.
    """

    title: str
    tree: VesselKind
    branch: int | None
    calibre_mm: float
    position_lps_mm: tuple[float, float, float]


def crossings_on(found: Resectogram, answer: PlanAnswer) -> tuple[tuple[Crossing, tuple[float, float]], ...]:
    """The branches that this cut goes through and where, (u, v) in mm, widest first; without trees the vessels."""
    met = []
    for crossing in _crossings(answer):
        point = np.array([crossing.position_lps_mm])
        uv = found.chart.uv_from_lps(point)
        back = found.chart.lps_from_uv(uv) if np.isfinite(uv).all() else np.full((1, 3), np.inf)
        # Of several resections only the one whose surface passes here cut the branch.
        if float(np.linalg.norm(back - point)) <= _ON_CUT_MM + found.off_cut_mm and _shown(found, uv[0]):
            met.append((crossing, (float(uv[0, 0]), float(uv[0, 1]))))
    return tuple(sorted(met, key=lambda one: -one[0].calibre_mm))


def cut_vessels(found: Resectogram, answer: PlanAnswer) -> tuple[CutVessel, ...]:
    """The branches that this cut goes through, for its picture."""
    return tuple(
        CutVessel(title=one.title, tree=one.tree, calibre_mm=one.calibre_mm, uv_mm=uv)
        for one, uv in crossings_on(found, answer)
    )


def _crossings(answer: PlanAnswer) -> list[Crossing]:
    if answer.function is not None:
        return [
            Crossing(
                title=branch_title(one.tree, one.name),
                tree=one.tree,
                branch=one.branch,
                calibre_mm=one.calibre_mm,
                position_lps_mm=one.position_lps_mm,
            )
            for one in answer.function.cut_branches or ()
        ]
    trees: dict[str, VesselKind] = {"portal_vein": "portal", "hepatic_veins": "hepatic"}
    return [
        Crossing(
            title=structure_named(one.structure).title,
            tree=trees[one.structure],
            branch=None,
            calibre_mm=one.diameter_mm,
            position_lps_mm=one.position_lps_mm,
        )
        for one in answer.vessels_crossed or ()
        if one.structure in trees
    ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TumourShadow:
    """A tumour near a cut: its margin of the whole plan, and (rows, columns) where it lies in the picture."""

    margin: TumourMargin
    shadow: NDArray[np.bool_]


def near_tumours(found: Resectogram, labels: LabelVolume, answer: PlanAnswer) -> tuple[TumourShadow, ...]:
    """The tumours within `NEAR_MM` of this cut, with their shadows on it."""
    near = []
    for margin in answer.margins:
        value = structure_named(margin.tumour).label_values[0]
        mask = labels.labels == value
        box = box_of(mask)
        if box is None:
            continue
        k, j, i = np.nonzero(mask[box])
        start = np.array([side.start for side in reversed(box)])
        points = labels.geometry.lps_from_index(np.stack([i, j, k], axis=1) + start)
        shadow = _shadow(found, points, float(labels.geometry.spacing_ijk_mm.max()))
        # Only over what another resection takes anyway, it says nothing about this cut.
        elsewhere = (shadow & found.in_liver).any() and not (shadow & found.bounds_remnant).any()
        if shadow.any() and not elsewhere:
            near.append(TumourShadow(margin=margin, shadow=shadow))
    return tuple(near)


def _shadow(found: Resectogram, points_lps_mm: NDArray[np.float64], spacing_mm: float) -> NDArray[np.bool_]:
    """(rows, columns) where points within `NEAR_MM` of the cut lie, seen along its normal; gaps of a voxel closed."""
    import edt
    from scipy.ndimage import gaussian_filter

    shape = found.structure.shape
    hit = np.zeros(shape, dtype=bool)
    uv = found.chart.uv_from_lps(points_lps_mm)
    with np.errstate(invalid="ignore"):
        column = np.rint((uv[:, 0] - found.u_mm[0]) / found.step_mm)
        row = np.rint((found.v_mm[0] - uv[:, 1]) / found.step_mm)
        inside = (column >= 0) & (column < shape[1]) & (row >= 0) & (row < shape[0])
    rows, columns = row[inside].astype(int), column[inside].astype(int)
    away = np.linalg.norm(found.position_lps_mm[rows, columns] - points_lps_mm[inside], axis=1)
    near = away <= NEAR_MM
    hit[rows[near], columns[near]] = True
    if not hit.any():
        return hit
    # Centres are joined over a voxel's gap, and their outline lies half a voxel outside of them.
    anisotropy = (found.step_mm, found.step_mm)
    padded = np.pad(hit, int(np.ceil(spacing_mm / found.step_mm)) + 1)
    joined = edt.edt(~padded, anisotropy=anisotropy) <= spacing_mm
    shrunk = edt.edt(joined, anisotropy=anisotropy) > spacing_mm / 2.0
    rim = (padded.shape[0] - shape[0]) // 2
    soft: NDArray[np.bool_] = gaussian_filter(shrunk.astype(np.float32), 1.0 / found.step_mm) > 0.5
    return soft[rim:-rim, rim:-rim]


def _shown(found: Resectogram, uv_mm: NDArray[np.float64]) -> bool:
    """Whether the place is in the picture and no other resection takes it."""
    column = int(np.rint((uv_mm[0] - found.u_mm[0]) / found.step_mm))
    row = int(np.rint((found.v_mm[0] - uv_mm[1]) / found.step_mm))
    if not (0 <= row < len(found.v_mm) and 0 <= column < len(found.u_mm)):
        return False
    return bool(found.bounds_remnant[row, column] or not (found.in_liver[row, column] or found.off_cut_mm))


def tumour_title(name: str) -> str:
    """What a person calls it."""
    try:
        return structure_named(name).title
    except KeyError:
        return name


def _words(margin: TumourMargin) -> str:
    if margin.status == "crossed":
        return "crossed by the cut"
    words = "resected" if margin.status == "resected" else "left behind"
    return words if margin.minimum_mm is None else f"{words}, {margin.minimum_mm:.1f} mm from the cut"
