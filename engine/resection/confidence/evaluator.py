"""Puts an interval to the numbers of an answer."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import Structure, structures_present
from engine.class_probability import ClassProbability
from engine.interval import DEVIATIONS, Interval
from engine.resection.answer import PlanAnswer, StructureVolumes
from engine.resection.confidence import kernels
from engine.resection.confidence.digitisation import (
    curved_variance_per_area,
    flat_frequencies,
    flat_variances_ml2,
    surface_mm2,
    with_edge_ml2,
)
from engine.resection.confidence.errors import PartErrors
from engine.resection.confidence.of_the_cut import CutErrors
from engine.resection.confidence.spreads import outline_spreads
from engine.resection.confidence.value import VOXELS, VOXELS_AND_OUTLINE, Intervals, NumberInterval, Quantity, Source
from engine.resection.function.value import BranchVolume, FunctionalRemnant
from engine.resection.liver_remnant import LiverRemnant
from engine.resection.plan import TerritoryResection
from engine.resection.rows import CutRows
from engine.volume import LabelVolume

LEVEL_PERCENT: Final = 95.0


class ConfidenceEvaluator:
    """Tables over one label volume; `intervals` changes nothing and may run in several threads.

    Args:
        labels: the label volume.
        probability: how sure the network was; without it only the size of the voxels counts.

    Attributes:
        spreads: by structure, how far its outline may be off; of the liver and its tumours, with a probability.
    """

    def __init__(self, labels: LabelVolume, probability: ClassProbability | None = None) -> None:
        self._geometry = labels.geometry
        self._curved = curved_variance_per_area(labels.geometry)
        self._frequencies = flat_frequencies(labels.geometry)
        array = np.ascontiguousarray(labels.labels)
        faces = kernels.count_faces(array)
        present = {int(value) for value in np.flatnonzero(faces.sum(axis=(0, 2)) + faces.sum(axis=(0, 1)))}
        self._surface_mm2 = {
            structure.name: surface_mm2(_faces_of(structure, faces), self._geometry)
            for structure in structures_present(present)
        }
        self.spreads = {} if probability is None else outline_spreads(array, probability, labels)

    @property
    def table_bytes(self) -> int:
        """Memory of the tables in bytes."""
        return sum(spread.size_bytes for spread in self.spreads.values())

    def intervals(self, answer: PlanAnswer, rows: CutRows, normals_lps: NDArray[np.float64]) -> Intervals:
        """The intervals of an answer's numbers.

        Args:
            answer: the answer.
            rows: what its plan takes of the rows that hold the liver.
            normals_lps: (m, 3) unit normals of the planes in a plan of planes: several err no more than one of them
                with all of the cut's area. A curved cut faces every way and errs no more than outlines do.
        """
        entries: list[NumberInterval] = []
        errors: dict[str, PartErrors] = {}
        flat, areas = np.zeros(len(answer.structures)), _cut_areas_mm2(answer)
        for normal in normals_lps:
            np.maximum(flat, flat_variances_ml2(areas, normal, self._frequencies), out=flat)
        for structure, cut in zip(answer.structures, flat.tolist(), strict=True):
            found = errors[structure.name] = self._errors(structure, rows, cut)
            volumes: tuple[tuple[Quantity, float, float], ...] = (
                ("total_ml", structure.total_ml, found.total_variance_ml2),
                ("resected_ml", structure.resected_ml, found.resected_variance_ml2),
                ("remnant_ml", structure.remnant_ml, found.remnant_variance_ml2),
            )
            entries += [self._entry(quantity, structure.name, value, variance) for quantity, value, variance in volumes]
        entries += self._remnants(answer, errors)
        entries += self._margins(answer)
        entries += self._cut(answer, errors)
        return Intervals(level_percent=LEVEL_PERCENT, entries=tuple(entries))

    def _errors(self, structure: StructureVolumes, rows: CutRows, flat: float) -> PartErrors:
        whole = self._curved * self._surface_mm2.get(structure.name, 0.0)
        part = structure.resected_voxels / structure.total_voxels if structure.total_voxels else 0.0
        spread = self.spreads.get(structure.name)
        by_side, shared = (
            ((0.0, 0.0), (0.0, 0.0)) if spread is None else (spread.sides_ml2(rows), spread.common_ml(rows))
        )
        return PartErrors(
            resected_ml2=whole * part + by_side[0],
            remnant_ml2=whole * (1.0 - part) + by_side[1],
            cut_ml2=with_edge_ml2(flat, whole) if 0.0 < part < 1.0 else 0.0,
            shared_resected_ml=shared[0],
            shared_remnant_ml=shared[1],
        )

    def _sources(self, name: str) -> tuple[Source, ...]:
        return VOXELS_AND_OUTLINE if name in self.spreads else VOXELS

    def _entry(
        self, quantity: Quantity, name: str, value: float, variance: float, outline: str | None = None
    ) -> NumberInterval:
        """Of a number that errs as a normal one; `outline` is the structure it rests on, if not the one it is of."""
        half = DEVIATIONS * math.sqrt(max(variance, 0.0))
        low, high = max(value - half, 0.0), max(value + half, 0.0)
        if quantity.endswith("percent"):
            low, high = min(low, 100.0), min(high, 100.0)
        interval = Interval(low=low, high=high)
        return NumberInterval(quantity=quantity, of=name, interval=interval, sources=self._sources(outline or name))

    def _remnants(self, answer: PlanAnswer, errors: dict[str, PartErrors]) -> list[NumberInterval]:
        """Of the shares of the liver that remain, and of what of them is functional."""
        if "liver" not in errors:
            return []
        liver = free = errors["liver"]
        for name, found in errors.items():
            if name.startswith("tumour_"):
                free = free.with_errors_of(found)
        entries = []
        if answer.flr is not None:
            entries.append(self._share("flr_percent", answer.flr, liver))
        if answer.flr_tumour_free is not None:
            entries.append(self._share("flr_tumour_free_percent", answer.flr_tumour_free, free))
        if answer.function is not None and answer.function.kept_ml > 0.0:
            entries += self._function(answer.function, liver, free)
        return entries

    def _function(self, function: FunctionalRemnant, liver: PartErrors, free: PartErrors) -> list[NumberInterval]:
        """Of parts of the remnant: each errs as the outline of the whole does, and by half a piece a branch severed.

        Territories are taken as they are: how much of them is a guess is told as `unsure_ml`.
        """
        pieces = {
            tree: sum(one.piece_ml**2 / 12.0 for one in function.cut_branches or () if one.severs and one.tree == tree)
            for tree in ("portal", "hepatic")
        }
        both = pieces["portal"] + pieces["hepatic"]
        entries = []
        parts: tuple[tuple[Quantity, float | None, float], ...] = (
            ("devascularised_ml", function.devascularised_ml, pieces["portal"]),
            ("congested_ml", function.congested_ml, pieces["hepatic"]),
            ("functional_ml", function.functional_ml, both),
        )
        for quantity, value, severed in parts:
            if value is not None:
                found = liver.narrowed(value / function.kept_ml, severed)
                entries.append(self._entry(quantity, "liver", value, found.remnant_variance_ml2))
        if function.flr is not None:
            found = liver.narrowed(function.flr.numerator_ml / function.kept_ml, both)
            entries.append(self._share("functional_flr_percent", function.flr, found))
        if (without := function.flr_tumour_free) is not None:
            found = free.narrowed(min(without.numerator_ml / function.kept_ml, 1.0), both)
            entries.append(self._share("functional_flr_tumour_free_percent", without, found))
        return entries + self._by_branch(function, liver)

    def _by_branch(self, function: FunctionalRemnant, liver: PartErrors) -> list[NumberInterval]:
        """Of what the remnant loses by branch: as of all of it, with the pieces that the cut lies in of that branch."""
        pieces: dict[int, float] = {}
        for one in function.cut_branches or ():
            if one.severs:
                pieces[one.branch] = pieces.get(one.branch, 0.0) + one.piece_ml**2 / 12.0
        lists: tuple[tuple[Quantity, tuple[BranchVolume, ...]], ...] = (
            ("devascularised_ml", function.devascularised_by_branch or ()),
            ("congested_ml", function.congested_by_branch or ()),
        )
        entries = []
        for quantity, volumes in lists:
            for lost in volumes:
                found = liver.narrowed(lost.ml / function.kept_ml, pieces.get(lost.branch, 0.0))
                variance = found.remnant_variance_ml2
                entries.append(self._entry(quantity, f"branch_{lost.branch}", lost.ml, variance, "liver"))
        return entries

    def _share(self, quantity: Quantity, flr: LiverRemnant, errors: PartErrors) -> NumberInterval:
        variance = errors.share_variance(flr.percent / 100.0, flr.denominator_ml)
        return self._entry(quantity, "liver", flr.percent, 1e4 * variance)

    def _margins(self, answer: PlanAnswer) -> list[NumberInterval]:
        """A margin errs by half a voxel and by the position of the tumour's outline."""
        entries = []
        for margin in answer.margins:
            if margin.minimum_mm is None:
                continue
            shift_mm = 0.0
            spread, surface = self.spreads.get(margin.tumour), self._surface_mm2.get(margin.tumour, 0.0)
            if spread is not None and surface > 0.0:
                shift_mm = 1000.0 * spread.shift_ml / surface
            half = math.hypot(margin.uncertainty_mm, DEVIATIONS * shift_mm)
            found: tuple[tuple[Quantity, float | None], ...] = (
                ("margin_mm", margin.minimum_mm),
                ("margin_fifth_percentile_mm", margin.fifth_percentile_mm),
            )
            sources = self._sources(margin.tumour)
            for quantity, value in found:
                if value is not None:
                    interval = Interval(low=max(value - half, 0.0), high=max(value + half, 0.0))
                    entries.append(
                        NumberInterval(quantity=quantity, of=margin.tumour, interval=interval, sources=sources)
                    )
        return entries

    def _cut(self, answer: PlanAnswer, errors: dict[str, PartErrors]) -> list[NumberInterval]:
        """Of the cut's area, the vessels it goes through, what it comes near to and the pieces that it leaves."""
        liver = next((one for one in answer.structures if one.name == "liver"), None)
        if liver is None:
            return []
        spread = self.spreads.get("liver")
        surface = self._surface_mm2.get("liver", 0.0)
        cut = CutErrors(self._geometry, liver.total_ml, surface, 0.0 if spread is None else spread.shift_ml)
        entries = []
        if answer.cut_area_mm2 is not None:
            stepped = any(isinstance(one, TerritoryResection) for one in answer.plan.resections)
            interval, sources = cut.area_mm2(answer.cut_area_mm2, stepped=stepped), self._sources("liver")
            entries.append(NumberInterval(quantity="cut_area_mm2", of="liver", interval=interval, sources=sources))
        branches = () if answer.function is None else answer.function.cut_branches or ()
        entries += [
            NumberInterval(
                quantity="calibre_mm",
                of=f"cut_branch_{number}",
                interval=cut.calibre_mm(one.calibre_mm),
                sources=VOXELS,
            )
            for number, one in enumerate(branches, start=1)
        ]
        entries += [
            NumberInterval(
                quantity="distance_mm",
                of=near.name,
                interval=cut.distance_mm(near.distance_mm, to_wall=near.kind == "vessel"),
                sources=VOXELS,
            )
            for near in answer.surroundings or ()
        ]
        return entries + self._pieces(answer, liver, errors["liver"])

    def _pieces(self, answer: PlanAnswer, liver: StructureVolumes, errors: PartErrors) -> list[NumberInterval]:
        """Of pieces: each errs as its part of its side does."""
        entries = []
        for number, piece in enumerate(answer.pieces or (), start=1):
            if piece.side == "remnant":
                whole, own, shared = liver.remnant_ml, errors.remnant_ml2, errors.shared_remnant_ml
            else:
                whole, own, shared = liver.resected_ml, errors.resected_ml2, errors.shared_resected_ml
            part = min(piece.volume_ml / whole, 1.0) if whole > 0.0 else 0.0
            variance = part * own + part**2 * (errors.cut_ml2 + shared**2)
            entries.append(self._entry("piece_ml", f"piece_{number}", piece.volume_ml, variance, "liver"))
        return entries


def _cut_areas_mm2(answer: PlanAnswer) -> NDArray[np.float64]:
    """(structures,) area that the cut has of each: of the liver as measured, of others the great circle of their size.

    A ball of the same volume has the largest cut that a compact structure has; vessels, the body and bones are none,
    but nobody plans by their volumes.
    """
    volumes_mm3 = np.array([1000.0 * structure.total_ml for structure in answer.structures])
    areas: NDArray[np.float64] = math.pi * (3.0 * volumes_mm3 / (4.0 * math.pi)) ** (2.0 / 3.0)
    if answer.cut_area_mm2 is not None and answer.structures and answer.structures[0].name == "liver":
        areas[0] = answer.cut_area_mm2
    return areas


def _faces_of(structure: Structure, faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """(3,) faces across i, j, k between a structure and everything else."""
    inside = np.zeros(256, dtype=np.int64)
    inside[list(structure.label_values)] = 1
    found: NDArray[np.int64] = inside @ faces @ (1 - inside) + (1 - inside) @ faces @ inside
    return found
