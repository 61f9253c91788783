"""What a plan is called."""

from __future__ import annotations

from typing import Final

from engine.resection.plan import (
    PlaneResection,
    ResectionPlan,
    SurfaceResection,
    TerritoryResection,
    WedgeResection,
)
from engine.vessel_tree import VesselKind, VesselTrees

_ROMAN: Final = {2: "II", 3: "III", 4: "IV", 5: "V", 6: "VI", 7: "VII", 8: "VIII"}
_PORTAL: Final = {
    "main": "portal trunk",
    "left": "left portal vein",
    "right": "right portal vein",
    "anterior": "right anterior portal vein",
    "posterior": "right posterior portal vein",
    "caudate": "caudate portal veins",
}
_HEPATIC: Final = {
    "right": "right hepatic vein",
    "middle": "middle hepatic vein",
    "left": "left hepatic vein",
    "common_trunk": "common trunk of middle and left hepatic vein",
    "inferior_right": "inferior right hepatic vein",
    "caudate": "caudate hepatic veins",
}


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


def vessel_name(tree: VesselKind, name: str) -> str:
    """A branch in words, e.g. "a portal branch to segment V" or "a branch of the middle hepatic vein".

    Args:
        tree: which tree it belongs to.
        name: as `VesselBranch.name`: that of the vein whose branch or tributary it is.
    """
    if name.startswith("segment_"):
        return f"a portal branch to segment {_ROMAN[int(name[-1])]}"
    known = _PORTAL if tree == "portal" else _HEPATIC
    return f"a branch of the {known[name]}" if name in known else f"an unnamed branch of the {tree} veins"


def _territory(territory: TerritoryResection, trees: VesselTrees | None) -> str:
    if not territory.portal_branches or trees is None:
        return territory.name
    names = sorted({trees.branches[number - 1].name for number in territory.portal_branches})
    segments = [_ROMAN[int(name[-1])] for name in names if name.startswith("segment_")]
    count = len(territory.portal_branches)
    if len(segments) == len(names) <= 2:
        return f"Portal territory in segment{'s' if len(segments) > 1 else ''} {' and '.join(segments)}"
    if len(names) == 1 and names[0] not in {"", "main"}:
        return f"Territory of the {names[0]} portal branch{'' if count == 1 else 'es'}"
    return "Territory of one portal branch" if count == 1 else f"Territories of {count} portal branches"


def _wedges(wedges: list[WedgeResection]) -> str:
    if len(wedges) > 1:
        return f"{len(wedges)} wedges"
    tumour = wedges[0].tumour
    return f"Wedge, {tumour.replace('_0', ' ').replace('_', ' ')}" if tumour else "Wedge around several tumours"
