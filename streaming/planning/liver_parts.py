"""The liver of one case taken apart along a plan: cut in a process of its own, kept while the plan stays."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from engine.errors import MeshError, PlanError
from engine.sentences import say
from streaming.planning.engine_resection import engine_resection
from streaming.protocol import PartAsset, ResectionState

if TYPE_CHECKING:
    from engine.plan_cutting import CutStructure
    from engine.plan_cutting_worker import Cutting, CuttingWorker
    from engine.resection.plan import ResectionPlan
    from streaming.planning.planning_case import PlanningCase

LEVEL: Final = 1
"""Of detail: fine enough to look at."""
_KEPT: Final = 4
_BETWEEN_REPORTS_SECONDS: Final = 0.1
_ENCODING_SHARE: Final = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenApart:
    """Both parts of everything in the liver.

    Attributes:
        apart_lps: the unit direction in which the resected part is drawn out.
        parts: their bytes are lent to the asset store.
    """

    apart_lps: tuple[float, float, float]
    parts: tuple[PartAsset, ...]


class LiverParts:
    """Takes the liver of one case apart; all methods belong on the event loop.

    Args:
        opened: the case.
        threads: to encode meshes in.
    """

    def __init__(self, opened: PlanningCase, threads: Executor) -> None:
        self._opened = opened
        self._threads = threads
        self._worker: CuttingWorker | None = None
        self._kept: OrderedDict[tuple[ResectionState, ...], TakenApart] = OrderedDict()

    def use(self, opened: PlanningCase) -> None:
        """From now on this is the case: the process and what it cut belong to the one before."""
        self.close()
        self._opened = opened
        self._kept.clear()

    def close(self) -> None:
        """Ends the process."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    async def of(self, resections: tuple[ResectionState, ...], progressed: Callable[[float], None]) -> TakenApart:
        """The parts of a plan; cancelling the task ends the work.

        Args:
            resections: of the plan.
            progressed: called on the event loop with how much is done.

        Raises:
            PlanError: the plan leaves the liver in one part, or a territory lacks what it needs.
            MeshError: a part could not be made closed, or the process died.
        """
        kept = self._kept.get(resections)
        if kept is not None and self._opened.assets.has(part.asset for part in kept.parts):
            return kept
        opened = self._opened
        structures = await self._cut(resections, progressed)
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _encoded, opened, structures)
        if opened is self._opened:
            self._kept[resections] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    async def _cut(
        self, resections: tuple[ResectionState, ...], progressed: Callable[[float], None]
    ) -> tuple[CutStructure, ...]:
        from engine.resection.plan import ResectionPlan

        plan = ResectionPlan(resections=tuple(engine_resection(one) for one in resections))
        cutting = self._submit(plan)
        result = asyncio.wrap_future(cutting.result)
        told = 0.0
        try:
            while not result.done():
                await asyncio.wait({result}, timeout=_BETWEEN_REPORTS_SECONDS)
                done = (1.0 - _ENCODING_SHARE) * cutting.fraction
                if done > told:
                    told = done
                    progressed(done)
            return result.result()
        except asyncio.CancelledError:
            cutting.stop()
            raise
        except BrokenExecutor as error:
            self.close()
            raise MeshError(say("cutting_ended")) from error

    def _submit(self, plan: ResectionPlan) -> Cutting:
        from engine.plan_cutting_worker import CuttingWorker

        if self._worker is None:
            self._worker = CuttingWorker(self._opened.case.path, level=LEVEL)
        return self._worker.submit(plan)


def _encoded(opened: PlanningCase, structures: tuple[CutStructure, ...]) -> TakenApart:
    """The parts as GLB, as closed as they were cut."""
    from engine.meshing.cutting import way_apart_lps, with_sharp_edge
    from streaming.assets.gltf import encode_glb

    records = {record.name: record for record in opened.case.manifest.structures}
    liver = structures[0].cut
    if liver.resected is None or liver.remnant is None:
        raise PlanError(say("liver_in_one_part"))
    parts = []
    for structure in structures:
        sides: tuple[Literal["resected", "remnant"], ...] = ("resected", "remnant")
        for side, part in zip(sides, (structure.cut.resected, structure.cut.remnant), strict=True):
            if part is None:
                continue
            data = encode_glb(with_sharp_edge(part), records[structure.name])
            parts.append(
                PartAsset(
                    structure=structure.name,
                    side=side,
                    asset=opened.assets.lend(data),
                    bytes=len(data),
                    triangles=len(part.mesh.faces),
                    volume_ml=part.mesh.volume_ml,
                )
            )
    return TakenApart(apart_lps=way_apart_lps(liver), parts=tuple(parts))
