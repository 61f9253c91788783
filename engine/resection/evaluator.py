"""Answers plans over one label volume at hand speed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER, Structure, is_tumour, structures_present
from engine.class_probability import ClassProbability
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.resection.answer import PlanAnswer, StructureVolumes, TumourMargin
from engine.resection.function import FunctionalRemnant, FunctionEvaluator, KeptSide
from engine.resection.function.rehearsal import rehearse as warm_up_function
from engine.resection.liver_remnant import LiverRemnant
from engine.resection.margins import TumourRuns, margins_to_planes, margins_to_rows
from engine.resection.plan import PlaneResection, ResectionPlan
from engine.resection.rows import CutRows
from engine.resection.run_table import RunTable
from engine.resection.sides import Sides
from engine.resection.surroundings import Surroundings, SurroundingsEvaluator
from engine.resection.surroundings.rehearsal import rehearse as warm_up_surroundings
from engine.resection.vessel_cut import VesselCutter
from engine.vessel_tree import VesselTrees
from engine.volume import LabelVolume


class PlanEvaluator:
    """Holds the run-length tables of a label volume; `evaluate` is thread-safe and releases the GIL in its kernels.

    Args:
        labels: the label volume on the scan's own grid.
        trees: the vessel trees; without them there is no functional remnant.
        liver_map: segments and territories; territories cannot be cut without.
        probability: how sure the network was; widens the intervals.

    Raises:
        LabelError: a voxel row is too long for the tables.
    """

    def __init__(
        self,
        labels: LabelVolume,
        *,
        trees: VesselTrees | None = None,
        liver_map: LiverMap | None = None,
        probability: ClassProbability | None = None,
    ) -> None:
        """Builds the tables."""
        self._trees = trees
        self._liver_map = liver_map
        self._probability = probability
        # A memory-mapped case comes as an ndarray subclass; the kernels are compiled for plain C-ordered arrays.
        labels = LabelVolume(labels=np.ascontiguousarray(labels.labels), geometry=labels.geometry)
        self._geometry = labels.geometry
        self._table = RunTable.build(labels.labels)
        values = [int(value) for value in self._table.values]
        self._structures = structures_present(set(values))
        # One matrix product turns voxels per label value into voxels per structure.
        self._members = np.array(
            [[value in structure.label_values for value in values] for structure in self._structures], dtype=np.int64
        ).reshape(len(self._structures), len(values))
        self._totals = self._members @ self._table.totals
        self._tumours = tuple(self._tumour_runs(s) for s in self._structures if is_tumour(s))
        self._tumour_codes = np.array([tumour.code for tumour in self._tumours], dtype=np.int64)
        self._vessels = VesselCutter(labels, self._table)
        self._surroundings = SurroundingsEvaluator(labels, trees)
        self._function = None if trees is None or liver_map is None else FunctionEvaluator(labels, trees, liver_map)

    @property
    def geometry(self) -> VolumeGeometry:
        """The grid the labels lie on."""
        return self._geometry

    @property
    def table_bytes(self) -> int:
        """Memory of the tables in bytes."""
        function = 0 if self._function is None else self._function.table_bytes
        return self._table.size_bytes + self._vessels.size_bytes + function + self._surroundings.table_bytes

    def sides(self, plan: ResectionPlan) -> Sides:
        """The sides of a plan on this case's grid.

        Raises:
            PlanError: a territory that the case cannot give.
        """
        return Sides(plan, self._geometry, liver_map=self._liver_map, trees=self._trees)

    def count_by_value(self, plan: ResectionPlan) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
        """Returns label values present, remnant voxels and all voxels of each, (n,) each."""
        sides = self.sides(plan)
        remnant, _ = self._count(sides)
        return self._table.values, remnant, self._table.totals

    def evaluate(self, plan: ResectionPlan, *, details: bool = True) -> PlanAnswer:
        """Answers a plan.

        Volumes equal counting every voxel by the sign of its centre, to the last voxel.

        Args:
            plan: what to cut.
            details: whether to list vessels crossed as well (slower; a preview while dragging does without).

        Raises:
            PlanError: a territory that the case cannot give.
        """
        sides = self.sides(plan)
        remnant, rows = self._count(sides)
        planes = sides.planes
        around = self._surroundings_of(sides, rows) if details else None
        return PlanAnswer(
            plan=plan,
            structures=self._volumes(remnant),
            flr=self._flr(remnant),
            flr_tumour_free=self._flr_tumour_free(remnant),
            margins=self._margins(sides, rows, remnant),
            vessels_crossed=self._vessels.crossings(plan, planes) if details and planes is not None else None,
            function=None if self._function is None else self._function.evaluate(sides, rows, details=details),
            pieces=None if around is None else around.pieces,
            surroundings=None if around is None else around.near,
        )

    def function_of(
        self, plan: ResectionPlan, *, kept: KeptSide = "remnant", rejoined: frozenset[int] = frozenset()
    ) -> FunctionalRemnant | None:
        """Function of either side of a plan, None without vessel trees; see `FunctionEvaluator.evaluate`.

        Args:
            plan: what to cut.
            kept: "resected" asks for the specimen, a donor's graft.
            rejoined: branch numbers whose stump is joined to the circulation again.

        Raises:
            PlanError: a territory that the case cannot give.
        """
        if self._function is None:
            return None
        sides = self.sides(plan)
        rows = None if sides.planes is not None else sides.rows(self._function.window)
        return self._function.evaluate(sides, rows, kept=kept, rejoined=rejoined)

    def _surroundings_of(self, sides: Sides, rows: CutRows | None) -> Surroundings:
        return self._surroundings.evaluate(sides.rows(self._surroundings.window) if rows is None else rows)

    def _count(self, sides: Sides) -> tuple[NDArray[np.int64], CutRows | None]:
        """Remnant voxels per code, and the rows cut unless planes told it without."""
        if (planes := sides.planes) is not None:
            return self._table.count_remnant(planes), None
        rows = sides.rows(self._table.window)
        return self._table.totals - self._table.count_resected(rows), rows

    def _margins(self, sides: Sides, rows: CutRows | None, remnant: NDArray[np.int64]) -> tuple[TumourMargin, ...]:
        left = [int(remnant[tumour.code]) for tumour in self._tumours]
        if rows is not None:
            return margins_to_rows(self._tumours, left, rows, self._geometry)
        assert sides.planes is not None
        return margins_to_planes(self._tumours, left, sides.planes, self._geometry)

    def _tumour_runs(self, structure: Structure) -> TumourRuns:
        value = structure.label_values[0]
        code = int(np.flatnonzero(self._table.values == value)[0])
        return TumourRuns(
            name=structure.name, code=code, voxels=int(self._table.totals[code]), runs=self._table.runs_of(value)
        )

    def _volumes(self, remnant: NDArray[np.int64]) -> tuple[StructureVolumes, ...]:
        remaining = self._members @ remnant
        voxel_volume_ml = self._geometry.voxel_volume_ml
        return tuple(
            StructureVolumes(
                name=structure.name,
                total_voxels=total,
                resected_voxels=total - kept,
                voxel_volume_ml=voxel_volume_ml,
            )
            for structure, total, kept in zip(self._structures, self._totals.tolist(), remaining.tolist(), strict=True)
        )

    def _liver_voxels(self, counts: NDArray[np.int64]) -> int:
        if not self._structures or self._structures[0] != LIVER:
            return 0
        return int(self._members[0] @ counts)

    def _flr(self, remnant: NDArray[np.int64]) -> LiverRemnant | None:
        total = self._liver_voxels(self._table.totals)
        if total == 0:
            return None
        return LiverRemnant(
            numerator="remnant_liver_volume",
            denominator="total_liver_volume",
            numerator_ml=self._liver_voxels(remnant) * self._geometry.voxel_volume_ml,
            denominator_ml=total * self._geometry.voxel_volume_ml,
        )

    def _flr_tumour_free(self, remnant: NDArray[np.int64]) -> LiverRemnant | None:
        totals = self._table.totals
        total = self._liver_voxels(totals) - int(totals[self._tumour_codes].sum())
        if total == 0:
            return None
        remaining = self._liver_voxels(remnant) - int(remnant[self._tumour_codes].sum())
        return LiverRemnant(
            numerator="remnant_liver_volume_minus_tumour",
            denominator="total_liver_volume_minus_tumour",
            numerator_ml=remaining * self._geometry.voxel_volume_ml,
            denominator_ml=total * self._geometry.voxel_volume_ml,
        )


def warm_up() -> None:
    """Compiles (or loads from the cache) every kernel, so that no request waits for it. Call off the event loop."""
    geometry = VolumeGeometry.from_parts(shape_kji=(3, 3, 4), spacing_ijk_mm=(1.0, 1.0, 1.0))
    plane = PlaneResection(point_lps_mm=(1.5, 0.0, 0.0), normal_lps=(1.0, 0.0, 0.0))
    other = PlaneResection(point_lps_mm=(0.0, 9.0, 0.0), normal_lps=(0.0, 1.0, 0.0))
    warm_up_function()
    warm_up_surroundings()
    for writeable in (True, False):  # two types to the compiler; a memory-mapped case is the second
        labels = np.zeros((3, 3, 4), dtype=np.uint8)
        labels[1] = [[1, 1, 1, 101], [1, 2, 2, 101], [1, 1, 102, 102]]
        labels.flags.writeable = writeable
        evaluator = PlanEvaluator(LabelVolume(labels=labels, geometry=geometry))
        evaluator.evaluate(ResectionPlan(resections=(plane,)))
        evaluator.evaluate(ResectionPlan(resections=(plane, other)))
