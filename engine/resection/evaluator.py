"""Answers plans over one label volume at hand speed."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import is_tumour
from engine.class_probability import ClassProbability
from engine.errors import PlanError
from engine.geometry import VolumeGeometry
from engine.liver_map import LiverMap
from engine.resection.answer import PlanAnswer
from engine.resection.confidence.evaluator import ConfidenceEvaluator
from engine.resection.function import FunctionalRemnant, FunctionEvaluator, KeptSide
from engine.resection.liver_remnant import LiverRemnant
from engine.resection.margins import MarginMeasurer, Margins
from engine.resection.plan import PlaneResection, ResectionPlan, SurfaceResection, WedgeResection
from engine.resection.rows import CutRows
from engine.resection.sides import Sides
from engine.resection.surface.making import flat_surface, surface_through_line
from engine.resection.surroundings import SurroundingsEvaluator
from engine.resection.territory.territories import Territories
from engine.resection.vessel_cut import VesselCutter
from engine.resection.volumes import VolumeTables
from engine.resection.wedge.around import WedgeShapeName, wedge_around
from engine.vessel_tree import VesselTrees
from engine.volume import LabelVolume

Found = TypeVar("Found")

LIVER_STEP_MM: Final = 2.0
"""Between the points that stand for the liver where a cut is made for it."""


@functools.cache
def _beside() -> ThreadPoolExecutor:
    """Threads for the part of an answer that runs beside the rest, of all evaluators of this process."""
    return ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="cantlie-margins")


class _Part(Generic[Found]):
    """A part of an answer that the first thread to take it works out."""

    def __init__(self, work: Callable[[], Found]) -> None:
        self._work = work
        self._free = threading.Lock()
        self._found: list[Found] = []

    def take(self) -> None:
        """Works it out, unless another thread has taken it."""
        if self._free.acquire(blocking=False):
            self._found.append(self._work())

    def result(self) -> Found:
        """What was found, once all threads are done."""
        return self._found[0]


def _work_off(parts: Iterable[_Part[Any]]) -> None:
    for part in parts:
        part.take()


class PlanEvaluator:
    """Holds the run-length tables of a label volume; `evaluate` is thread-safe and releases the GIL in its kernels.

    Args:
        labels: the label volume on the scan's own grid.
        trees: the vessel trees; without them there is no functional remnant.
        liver_map: segments and territories; territories cannot be cut without.
        probability: how sure the network was; without it intervals know of the voxels' size only.

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
        # A memory-mapped case comes as an ndarray subclass; the kernels are compiled for plain C-ordered arrays.
        labels = LabelVolume(labels=np.ascontiguousarray(labels.labels), geometry=labels.geometry)
        self._geometry = labels.geometry
        self._territories = Territories(labels.geometry, liver_map, trees)
        self._volumes = VolumeTables(labels)
        tumours = tuple((one.name, one.label_values[0]) for one in self._volumes.structures if is_tumour(one))
        self._margins = MarginMeasurer(labels, self._volumes.table, tumours)
        self._vessels = VesselCutter(labels, self._volumes.table)
        self._surroundings = SurroundingsEvaluator(labels, trees)
        self._confidence = ConfidenceEvaluator(labels, probability)
        self._function = None if trees is None or liver_map is None else FunctionEvaluator(labels, trees, liver_map)

    @property
    def geometry(self) -> VolumeGeometry:
        """The grid the labels lie on."""
        return self._geometry

    @property
    def table_bytes(self) -> int:
        """Memory of the tables in bytes."""
        function = 0 if self._function is None else self._function.table_bytes
        own = self._volumes.table.size_bytes + self._margins.size_bytes + self._vessels.size_bytes
        return own + function + self._surroundings.table_bytes + self._confidence.table_bytes

    def sides(self, plan: ResectionPlan) -> Sides:
        """The sides of a plan on this case's grid.

        Raises:
            PlanError: a territory that the case cannot give.
        """
        return Sides(plan, self._geometry, territories=self._territories)

    def count_by_value(self, plan: ResectionPlan) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
        """Returns label values present, remnant voxels and all voxels of each, (n,) each."""
        remnant, _ = self._volumes.count(self.sides(plan))
        table = self._volumes.table
        return table.values, remnant, table.totals

    def evaluate(self, plan: ResectionPlan, *, details: bool = True) -> PlanAnswer:
        """Answers a plan.

        Volumes equal counting every voxel by the sign of its centre, to the last voxel; at curved surfaces but for
        a voxel here and there where a row all but touches them, see `surface.raster`.

        Args:
            plan: what to cut.
            details: whether to tell also what takes longer (a preview while dragging does without): vessels crossed,
                pieces, surroundings, areas near tumours, intervals.

        Raises:
            PlanError: a territory that the case cannot give.
        """
        sides = self.sides(plan)
        remnant, rows = self._volumes.count(sides)
        if not details:
            function = None if self._function is None else self._function.evaluate(sides, rows, details=False)
            return self._answer(plan, remnant, self._margins.measure(sides, remnant, details=False), function)
        return self._whole(plan, sides, remnant, rows)

    def _whole(self, plan: ResectionPlan, sides: Sides, remnant: NDArray[np.int64], rows: CutRows | None) -> PlanAnswer:
        """The answer with details, worked out by two threads: compiled loops hold no lock."""
        planes = sides.planes
        margins = _Part(lambda: self._margins.measure(sides, remnant, details=True))
        function = _Part(lambda: None if self._function is None else self._function.evaluate(sides, rows, details=True))
        crossed = _Part(lambda: None if planes is None else self._vessels.crossings(planes))
        # The longest part first; whoever is done with it takes the next that nobody has.
        beside = _beside().submit(_work_off, (margins, function, crossed))
        liver_rows = sides.rows(self._surroundings.window) if rows is None else rows
        around = self._surroundings.evaluate(liver_rows)
        _work_off((function, crossed, margins))
        beside.result()
        answer = replace(
            self._answer(plan, remnant, margins.result(), function.result()),
            vessels_crossed=crossed.result(),
            pieces=around.pieces,
            surroundings=around.near,
        )
        normals = np.zeros((0, 3)) if planes is None else planes[:, :3] @ self._geometry.ijk_from_lps[:3, :3]
        return replace(answer, intervals=self._confidence.intervals(answer, liver_rows, normals))

    def _answer(
        self, plan: ResectionPlan, remnant: NDArray[np.int64], margins: Margins, function: FunctionalRemnant | None
    ) -> PlanAnswer:
        """What previews tell."""
        return PlanAnswer(
            plan=plan,
            structures=self._volumes.volumes(remnant),
            flr=self._volumes.flr(remnant),
            flr_tumour_free=self._volumes.flr_tumour_free(remnant),
            margins=margins.tumours,
            cut_area_mm2=margins.cut_area_mm2,
            vessels_crossed=None,
            function=function,
        )

    def remnants(self, plan: ResectionPlan) -> tuple[LiverRemnant | None, FunctionalRemnant | None]:
        """The geometric and the functional remnant alone: what a search sorts plans by before it weighs them.

        Raises:
            PlanError: a territory that the case cannot give.
        """
        sides = self.sides(plan)
        remnant, rows = self._volumes.count(sides)
        function = None if self._function is None else self._function.evaluate(sides, rows, details=False)
        return self._volumes.flr(remnant), function

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

    def flat_surface(self, plane: PlaneResection) -> SurfaceResection:
        """A surface over the liver in a plane, taking the same side: what a hand then bends.

        Raises:
            PlanError: the labels have no liver.
        """
        return flat_surface(plane, self.liver_points_lps_mm())

    def surface_through_line(
        self, points_lps_mm: NDArray[np.float64], *, resected_towards_lps_mm: tuple[float, float, float] | None = None
    ) -> SurfaceResection:
        """A surface through a line drawn on the liver.

        Args:
            points_lps_mm: (n, 3) the line, LPS mm.
            resected_towards_lps_mm: a point on the side to resect; without, the smaller side is resected.

        Raises:
            PlanError: the labels have no liver, or the line tells no surface.
        """
        liver = self.liver_points_lps_mm()
        surface = surface_through_line(points_lps_mm, liver, liver.mean(axis=0))
        sides = self.sides(ResectionPlan(resections=(surface,)))
        if resected_towards_lps_mm is not None:
            return surface if sides.signed(np.array(resected_towards_lps_mm))[0] > 0.0 else surface.flipped
        return surface if np.count_nonzero(sides.signed(liver) > 0.0) * 2 <= len(liver) else surface.flipped

    def wedge_around(self, tumour: str, *, margin_mm: float, shape: WedgeShapeName = "spheroid") -> WedgeResection:
        """A wedge that keeps a margin from every voxel centre of a tumour.

        Raises:
            PlanError: there is no such tumour, or the margin is out of range.
        """
        voxels = next((one for one in self._margins.tumours if one.name == tumour), None)
        if voxels is None:
            raise PlanError("The case has no such tumour.", cure="Name one of the case's tumours, e.g. tumour_01.")
        liver = self._volumes.liver_points_lps_mm(LIVER_STEP_MM)
        return wedge_around(tumour, voxels.outer_lps_mm, liver, margin_mm=margin_mm, shape=shape)

    def liver_points_lps_mm(self) -> NDArray[np.float64]:
        """(n, 3) points spread over the liver and what lies in it, about `LIVER_STEP_MM` apart, LPS mm.

        Raises:
            PlanError: the labels have no liver.
        """
        liver = self._volumes.liver_points_lps_mm(LIVER_STEP_MM)
        if not len(liver):
            raise PlanError("The labels have no liver.", cure="Prepare the case with a liver.")
        return liver
