"""Candidate plans with what they are worth by the samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.proposals.coarse import Samples
from engine.proposals.constraints import Constraints
from engine.proposals.front import Score, nearness_to_best
from engine.proposals.proposal import ProposalKind
from engine.resection.plan import ResectionPlan

AT_ONCE: Final = 256
"""Plans rated between two looks at whether anybody still waits."""
DOUBT_PERCENT: Final = 1.0
"""How far the samples may be off the remnant that counting every voxel gives."""


class Shape(Protocol):
    """What a candidate is made from."""

    @property
    def margin_mm(self) -> float:
        """The margin it was made for."""
        ...

    @property
    def form(self) -> NDArray[np.float64]:
        """(16,) as `kernels.take` reads it."""
        ...

    def plan(self) -> ResectionPlan:
        """The plan.

        Raises:
            PlanError: the shape makes none.
        """
        ...


class Planned(Protocol):
    """Anything that makes a plan for a margin."""

    @property
    def margin_mm(self) -> float:
        """The margin it was made for."""
        ...

    def plan(self) -> ResectionPlan:
        """The plan."""
        ...


OneShape = TypeVar("OneShape", bound=Shape)
OnePlanned_co = TypeVar("OnePlanned_co", bound=Planned, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draft(Generic[OnePlanned_co]):
    """A candidate.

    Attributes:
        kind: how it was made.
        shape: what it was made from.
        score: what it is worth by the samples; the margin is the one it was made for.
        taken: (n,) which of the liver's samples it takes.
        spoilt: whether it cuts a vessel that is to be spared.
    """

    kind: ProposalKind
    shape: OnePlanned_co
    score: Score
    taken: NDArray[np.bool_]
    spoilt: bool


class DraftBoard:
    """Rates shapes and counts them.

    Args:
        samples: of the case.
        constraints: the limits.
        still_wanted: asked between batches; raises to stop the search.
    """

    def __init__(self, samples: Samples, constraints: Constraints, still_wanted: Callable[[], None]) -> None:
        self.samples = samples
        self.rated = 0
        self._margin_mm = constraints.margin_mm
        self._minimum_percent = constraints.least_percent
        self._still_wanted = still_wanted

    def of_shapes(self, kind: ProposalKind, shapes: Sequence[OneShape]) -> list[Draft[OneShape]]:
        """A draft of every shape."""
        found: list[Draft[OneShape]] = []
        for first in range(0, len(shapes), AT_ONCE):
            batch = shapes[first : first + AT_ONCE]
            found += self.of_samples(kind, batch, self.samples.taken_by(np.stack([one.form for one in batch])))
        return found

    def of_samples(
        self, kind: ProposalKind, shapes: Sequence[OnePlanned_co], taken: NDArray[np.uint8]
    ) -> list[Draft[OnePlanned_co]]:
        """A draft of every shape, of which (n, samples) say what it takes."""
        self._still_wanted()
        estimates = self.samples.rate(taken, self._minimum_percent - DOUBT_PERCENT)
        self.rated += len(shapes)
        inside = taken[:, : self.samples.count].astype(np.bool_)
        worth = np.stack([estimates.remnant_percent, estimates.cut_area_mm2, estimates.cut_calibre_mm], axis=1).tolist()
        return [
            Draft(
                kind=kind,
                shape=shape,
                score=Score(
                    margin_mm=shape.margin_mm,
                    remnant_percent=worth[n][0],
                    cut_area_mm2=worth[n][1],
                    cut_calibre_mm=worth[n][2],
                ),
                taken=inside[n],
                spoilt=bool(estimates.spoilt[n]),
            )
            for n, shape in enumerate(shapes)
        ]

    def costs(self, scores: Sequence[Score]) -> NDArray[np.float64]:
        """(n, 4) of which less is better."""
        return np.array([score.as_costs(self._margin_mm) for score in scores]).reshape(-1, 4)

    def within_limits(self, draft: Draft[Planned]) -> bool:
        """Whether counting voxels may find that it leaves enough, and it spares what it must."""
        return not draft.spoilt and draft.score.remnant_percent >= self._minimum_percent - DOUBT_PERCENT

    def best(self, drafts: Sequence[Draft[OnePlanned_co]], most: int) -> list[Draft[OnePlanned_co]]:
        """Those to go on from, at most `most`: half by what remains, half by all that plans are weighed by.

        Where none is within the limits, those that leave most without cutting what is to be spared.
        """
        allowed = [one for one in drafts if self.within_limits(one)]
        by_remnant = sorted(
            allowed or [one for one in drafts if not one.spoilt] or drafts, key=lambda one: -one.score.remnant_percent
        )
        if not allowed:
            return by_remnant[:most]
        nearness = nearness_to_best(self.costs([one.score for one in allowed]))
        by_nearness = [allowed[index] for index in np.argsort(nearness, kind="stable").tolist()]
        chosen: dict[int, Draft[OnePlanned_co]] = {}
        for pair in zip(by_remnant, by_nearness, strict=True):
            for one in pair:
                if len(chosen) < most:
                    chosen[id(one)] = one
        return list(chosen.values())
