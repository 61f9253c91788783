"""What a plan is called."""

from __future__ import annotations

from engine.resection.plan import (
    PlaneResection,
    ResectionPlan,
    SurfaceResection,
    TerritoryResection,
    WedgeResection,
)
from engine.vessel_tree import VesselTrees


def title_of(plan: ResectionPlan, trees: VesselTrees | None) -> str:
    """A short name by what the plan's resections are, e.g. "Wedge, tumour 2" or "Right hemihepatectomy".

    Args:
        plan: the plan.
        trees: for the names of portal branches.
    """
    first = plan.resections[0]
    match first:
        case TerritoryResection():
            beside = len(plan.resections) - 1
            added = "" if beside == 0 else " and a wedge" if beside == 1 else f" and {beside} wedges"
            return _territory(first, trees) + added
        case WedgeResection():
            return _wedges([one for one in plan.resections if isinstance(one, WedgeResection)])
        case SurfaceResection():
            return "Curved cut"
        case PlaneResection():
            return "Plane cut"


def _territory(territory: TerritoryResection, trees: VesselTrees | None) -> str:
    if not territory.portal_branches or trees is None:
        return territory.name
    names = [trees.branches[number - 1].name.replace("_", " ") for number in territory.portal_branches]
    known = sorted({name for name in names if name})
    if len(known) == len(set(names)) and len(known) <= 2:
        return f"Territory of the {' and '.join(known)} portal branch"
    count = len(territory.portal_branches)
    return "Territory of one portal branch" if count == 1 else f"Territories of {count} portal branches"


def _wedges(wedges: list[WedgeResection]) -> str:
    if len(wedges) > 1:
        return f"{len(wedges)} wedges"
    tumour = wedges[0].tumour
    return f"Wedge, {tumour.replace('_0', ' ').replace('_', ' ')}" if tumour else "Wedge around several tumours"
