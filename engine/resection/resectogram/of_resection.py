"""Which surface a resection cuts along."""

from __future__ import annotations

from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from engine.errors import PlanError
from engine.resection.plan import (
    PlaneResection,
    Resection,
    SurfaceResection,
    TerritoryResection,
    WedgeResection,
)
from engine.resection.resectogram.cut_surface import CutSurface
from engine.resection.resectogram.sheets import CurvedCut, FlatCut
from engine.resection.resectogram.view import view_from
from engine.resection.resectogram.walls import wall_of


def cut_surface_of(resection: Resection, centre_lps_mm: NDArray[np.float64]) -> CutSurface:
    """The surface of a resection.

    Args:
        resection: a plane, surface or wedge.
        centre_lps_mm: (3,) of the liver; the view is centred as near to it as the surface comes.

    Raises:
        PlanError: a territory, whose border `ResectogramMaker` divides into walls.
    """
    match resection:
        case PlaneResection():
            normal = resection.unit_normal_lps
            height_mm = float((centre_lps_mm - np.array(resection.point_lps_mm)) @ normal)
            return FlatCut(view=view_from(centre_lps_mm - height_mm * normal, normal))
        case SurfaceResection():
            frame = resection.frame
            return CurvedCut(view=view_from(frame.origin_lps_mm, frame.normal_lps), surface=resection)
        case WedgeResection():
            return wall_of(resection, centre_lps_mm)
        case TerritoryResection():
            raise PlanError(
                "The border of a territory has no formula.", cure="Ask for the walls of its border (make_all)."
            )
        case _:
            assert_never(resection)
