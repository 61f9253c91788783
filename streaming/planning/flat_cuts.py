"""Resections laid flat for the wire: the picture's pixels as an asset, and what it says in words and numbers."""

from __future__ import annotations

import struct
from threading import Lock
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import (
    HEPATIC_VEINS,
    HEPATIC_VEINS_EXTRAHEPATIC,
    INFERIOR_VENA_CAVA,
    PORTAL_VEIN,
    PORTAL_VEIN_EXTRAHEPATIC,
    TUMOUR_VALUES,
)
from streaming.planning.engine_resection import engine_resection
from streaming.protocol import SHEET_FLAGS, ResectionState, ResectogramSheet, SheetTumour, SheetVessel

if TYPE_CHECKING:
    from engine.resection import PlanAnswer
    from engine.resection.resectogram import Resectogram, ResectogramMaker
    from streaming.planning.planning_case import PlanningCase

PIXELS: Final = 176
"""Along the longer side: a liver of 200 mm in pixels of little more than a millimetre, which clients draw smoothly."""
_PER_MM: Final = 100.0
_NO_MARGIN: Final = 65_535
_NOWHERE: Final = -32_768
_SHOWN: Final = {
    "tumour": TUMOUR_VALUES,
    "portal_vein": (PORTAL_VEIN, PORTAL_VEIN_EXTRAHEPATIC),
    "hepatic_vein": (HEPATIC_VEINS, HEPATIC_VEINS_EXTRAHEPATIC),
    "vena_cava": (INFERIOR_VENA_CAVA,),
}


class FlatCuts:
    """Lays the resections of plans of one case flat; thread-safe.

    Args:
        opened: the case.
    """

    def __init__(self, opened: PlanningCase) -> None:
        self._opened = opened
        self._maker: ResectogramMaker | None = None
        self._lock = Lock()

    def sheets(self, resections: tuple[ResectionState, ...], number: int) -> tuple[ResectogramSheet, ...]:
        """The sheets of one resection of a plan, the largest first; their pixels are lent to the asset store.

        Args:
            resections: of the plan.
            number: which of them, from 1.

        Raises:
            PlanError: it does not cut the liver, or a territory lacks the map it needs.
        """
        from engine.resection.plan import ResectionPlan

        plan = ResectionPlan(resections=tuple(engine_resection(one) for one in resections))
        made = self._made().make_all(plan, number, pixels=PIXELS)
        answer = self._opened.evaluator.evaluate(plan)
        return tuple(self._sheet(one, answer) for one in made)

    def _made(self) -> ResectogramMaker:
        """Measures the distance to tumours with the first question."""
        from engine.resection.resectogram import ResectogramMaker

        with self._lock:
            if self._maker is None:
                opened = self._opened
                self._maker = ResectogramMaker(
                    opened.labels, opened.case.scan(), liver_map=opened.liver_map, trees=opened.trees
                )
            return self._maker

    def _sheet(self, found: Resectogram, answer: PlanAnswer) -> ResectogramSheet:
        # Compiled kernels come with it, which a server that starts need not wait for.
        from streaming.planning.resectogram_panels import near_tumours, tumour_title

        tumours = near_tumours(found, self._opened.labels, answer)
        shadow = np.zeros(found.structure.shape, dtype=bool)
        for tumour in tumours:
            shadow |= tumour.shadow
        origin = np.nanmean(found.position_lps_mm.reshape(-1, 3), axis=0).round(2).astype(np.float64)
        letters = found.letters
        rows, columns = found.structure.shape
        return ResectogramSheet(
            asset=self._opened.assets.lend(encode_sheet(found, shadow, origin)),
            columns=columns,
            rows=rows,
            step_mm=found.step_mm,
            first_u_mm=float(found.u_mm[0]),
            first_v_mm=float(found.v_mm[0]),
            origin_lps_mm=_triple(origin),
            viewer_lps=_triple(found.chart.surface.view.viewer_lps),
            edges=(letters.left, letters.right, letters.top, letters.bottom),
            cut_area_mm2=found.cut_area_mm2,
            least_margin_mm=found.least_margin_mm,
            near_areas_mm2=(found.area_nearer_mm2(1.0), found.area_nearer_mm2(5.0), found.area_nearer_mm2(10.0)),
            lengths_percent=(found.distortion.shortest_percent, found.distortion.longest_percent),
            off_cut_mm=found.off_cut_mm,
            whole=found.whole,
            vessels=_vessels(found, answer),
            tumours=tuple(
                SheetTumour(title=tumour_title(one.tumour), status=one.status, margin_mm=one.minimum_mm)
                for one in (tumour.margin for tumour in tumours)
            ),
        )


def _vessels(found: Resectogram, answer: PlanAnswer) -> tuple[SheetVessel, ...]:
    from streaming.planning.resectogram_panels import crossings_on

    return tuple(
        SheetVessel(
            title=one.title,
            tree=one.tree,
            branch=one.branch,
            calibre_mm=one.calibre_mm,
            u_mm=uv[0],
            v_mm=uv[1],
            position_lps_mm=one.position_lps_mm,
        )
        for one, uv in crossings_on(found, answer)
    )


def encode_sheet(found: Resectogram, shadow: NDArray[np.bool_], origin_lps_mm: NDArray[np.float64]) -> bytes:
    """The pixels as `streaming.protocol.cuts` lays them out.

    Args:
        found: the picture.
        shadow: (rows, columns) where tumours lie before or behind the cut.
        origin_lps_mm: (3,) what positions are counted from.
    """
    margin = np.full(found.margin_mm.shape, _NO_MARGIN, dtype="<u2")
    known = np.isfinite(found.margin_mm)
    margin[known] = np.minimum(found.margin_mm[known] * _PER_MM, _NO_MARGIN - 1)
    flags = np.zeros(found.structure.shape, dtype="<u2")
    masks = {"in_liver": found.in_liver, "bounds_remnant": found.bounds_remnant, "tumour_shadow": shadow}
    masks |= {name: np.isin(found.structure, values) for name, values in _SHOWN.items()}
    for name, where in masks.items():
        flags[where] |= SHEET_FLAGS[name]
    steps = (found.position_lps_mm.astype(np.float64) - origin_lps_mm) * _PER_MM
    reached = np.abs(steps).max(axis=-1) < -_NOWHERE  # False where there is no position: NaN
    position = np.full(steps.shape, _NOWHERE, dtype="<i2")
    position[reached] = np.rint(steps[reached])
    planes = (found.hu.astype("<i2"), margin, flags, *np.moveaxis(position, -1, 0))
    return b"".join(plane.tobytes() for plane in planes)


def sheet_bytes(rows: int, columns: int) -> int:
    """Size of the asset of a sheet."""
    return rows * columns * struct.calcsize("<hHHhhh")


def _triple(values: NDArray[np.floating]) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return x, y, z
