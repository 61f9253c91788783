"""How many triangles a structure may cost."""

from __future__ import annotations

from dataclasses import dataclass

from engine.anatomy import Structure


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshBudgets:
    """Triangle counts of the levels of detail.

    A structure's own size decides its finest level (its sampling step follows its thickness); the budgets cap it and
    say how fast the levels shrink.

    Attributes:
        finest_triangles: upper bound of the finest level.
        reductions: triangles of each level as a fraction of the finest, finest first; the first is 1.
        coarsest_triangles: levels whose count would fall below this are left out.
        steps_per_thickness: samples across a structure's thickness (twice its volume per surface area) at the finest
            level, as far as the scan's own resolution has them.
        detail_mm: what is thicker is not sampled coarser than this, unless `finest_triangles` demands it.
        coarsest_step_of_thickness: how far `finest_triangles` may coarsen the sampling; a thin structure sampled
            more coarsely than this loses its thinnest parts, so it is sampled finely and simplified instead.
        most_volume_lost: relative; where coarse sampling loses or wins more, every voxel is sampled.
    """

    finest_triangles: int = 140_000
    reductions: tuple[float, ...] = (1.0, 1 / 4.3, 1 / 16, 1 / 50)
    coarsest_triangles: int = 240
    steps_per_thickness: float = 10.0
    detail_mm: float = 1.35
    coarsest_step_of_thickness: float = 1 / 6
    most_volume_lost: float = 0.1

    def __post_init__(self) -> None:
        """Refuses budgets that no closed surface fits."""
        if not self.reductions or self.reductions[0] != 1.0:
            raise ValueError("the first reduction must be 1, the finest level")
        if any(b >= a or b <= 0 for a, b in zip(self.reductions, self.reductions[1:], strict=False)):
            raise ValueError("reductions must fall and stay positive")
        if (
            self.finest_triangles < 100
            or self.coarsest_triangles < 4
            or min(self.steps_per_thickness, self.detail_mm) <= 0
        ):
            raise ValueError("budgets are too small for a closed surface")

    def targets(self, finest_count: int) -> tuple[int, ...]:
        """Triangle counts of the levels after the finest, for a finest level of `finest_count` triangles."""
        wanted = (round(finest_count * fraction) for fraction in self.reductions[1:])
        return tuple(count for count in wanted if count >= self.coarsest_triangles)


# What surrounds the liver's surgery: seen for orientation, never measured on the surface.
CONTEXT = frozenset({"body", "bones", "lungs"})


def budgets_for(structure: Structure) -> MeshBudgets:
    """The default budgets: context coarse, what is planned with fine."""
    if structure.name in CONTEXT:
        return MeshBudgets(finest_triangles=60_000, detail_mm=3.0, coarsest_step_of_thickness=1.0, most_volume_lost=0.5)
    return MeshBudgets()
