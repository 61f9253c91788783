"""The abdominal organs around the liver, as tubes in the standard frame (LPS mm, see `trunk`).

Positions follow the usual anatomy: liver and gallbladder on the right (-x), spleen and stomach on the left (+x),
the spine behind (+y). Portal-venous intensities after Heiken 1993 and everyday reading: liver about 110 HU,
spleen 120, renal cortex 190, portal vein 165, aorta 150, pancreas 95, unopacified bowel wall 90.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine import anatomy
from engine.phantom import tissue
from engine.phantom.trunk import TrunkShape, hilum_standard_mm
from engine.phantom.tube import Tube, jittered, solid, tube_through

AORTA_HU = 152.0
VENA_CAVA_HU = 138.0
PORTAL_HU = 168.0
HEPATIC_VEIN_HU = 160.0


class OrganSampler:
    """Draws the organs of one patient; every call moves the shared random stream on."""

    def __init__(self, trunk: TrunkShape, random: np.random.Generator) -> None:
        """Draws from `random` for the build of `trunk`."""
        self._trunk = trunk
        self._random = random
        self._hilum = hilum_standard_mm(trunk)

    def neighbours(self) -> list[Tube]:
        """Organs that press into the liver or lie beside it, in painting order."""
        return [
            self._pancreas(),
            self._spleen(),
            *self._kidneys(),
            self._stomach(),
            self._duodenum(),
            *self._oesophagus(),
            *self._fissures(),
            self._gallbladder(),
            *self._great_vessels(),
        ]

    def _fissures(self) -> list[Tube]:
        """Fat in the porta hepatis and in the fissure of the round ligament."""
        start = np.array([*self._hilum, 0.0])
        porta = tube_through(
            [start + np.array(row) for row in ((6, 0, -12, 7), (0, 0, 0, 7.5), (14, -6, 5, 6.5), (30, -20, 8, 5))]
        )
        cleft = tube_through(
            [start + np.array(row) for row in ((33, -34, 2, 8), (35, -52, -6, 14), (36, -74, -20, 20))], step_mm=4.0
        )
        fat = solid(tissue.VISCERAL_FAT)
        return [
            Tube(
                name="porta_hepatis",
                capsules_mm=porta,
                tissues=fat,
                wall_hu=-88.0,
                bumps_mm=1.5,
                texture_hu=14.0,
                room="abdomen_or_liver",
            ),
            Tube(
                name="round_ligament_fissure",
                capsules_mm=cleft,
                tissues=fat,
                wall_hu=-92.0,
                bumps_mm=1.5,
                stretch=(0.2, 1.0, 1.0),
                room="abdomen_or_liver",
            ),
        ]

    def _pancreas(self) -> Tube:
        rows = [
            [-22, 0, -52, 9], [-20, -8, -34, 14], [-8, -18, -20, 10], [12, -22, -10, 10], [36, -10, -2, 11],
            [62, 10, 8, 10], [82, 24, 16, 7],
        ]  # fmt: skip
        return Tube(
            name="pancreas",
            capsules_mm=tube_through(jittered(self._random, [[float(v) for v in row] for row in rows], 2.5)),
            tissues=solid(anatomy.PANCREAS),
            wall_hu=96.0,
            halo_mm=1.5,
            bumps_mm=2.6,
            texture_hu=16.0,
            room="abdomen_or_liver",
        )

    def _spleen(self) -> Tube:
        rows = [[64, 54, 54, 14], [86, 47, 42, 27], [101, 34, 22, 32], [106, 18, 2, 27], [106, 6, -14, 14]]
        size = self._random.uniform(0.85, 1.18)
        return Tube(
            name="spleen",
            capsules_mm=tube_through(jittered(self._random, [[*row[:3], row[3] * size] for row in rows], 3.0)),
            tissues=solid(anatomy.SPLEEN),
            wall_hu=122.0,
            halo_mm=1.5,
            bumps_mm=2.0,
            texture_hu=4.0,
        )

    def _kidneys(self) -> list[Tube]:
        tubes = []
        for side, z0, code, pelvis in (
            (-1.0, -44.0, anatomy.RIGHT_KIDNEY, tissue.PELVIS_OF_RIGHT_KIDNEY),
            (1.0, -24.0, anatomy.LEFT_KIDNEY, tissue.PELVIS_OF_LEFT_KIDNEY),
        ):
            rows = [
                [side * 46, 54, z0 + 34, 16], [side * 55, 50, z0 + 20, 22], [side * 61, 47, z0, 23],
                [side * 63, 43, z0 - 22, 22], [side * 64, 38, z0 - 36, 16],
            ]  # fmt: skip
            points = jittered(self._random, [[float(v) for v in row] for row in rows], 2.5)
            tubes.append(
                Tube(
                    name="right_kidney" if code == anatomy.RIGHT_KIDNEY else "left_kidney",
                    capsules_mm=tube_through(points),
                    tissues=solid(code),
                    wall_hu=192.0,
                    content_hu=158.0,
                    wall_mm=7.0,
                    halo_mm=4.0,
                    bumps_mm=1.4,
                    texture_hu=9.0,
                    room="abdomen_or_liver",
                )
            )
            tubes.extend(self._renal_sinus(points, side, pelvis))
        return tubes

    def _renal_sinus(self, kidney: NDArray[np.float64], side: float, pelvis: int) -> list[Tube]:
        """Fat that opens the kidney towards the midline, with the pelvis, artery and vein in it."""
        x, y, z = kidney[2, :3]
        mouth = [x - side * 26.0, y - 10.0, z]
        fat = tube_through([[x - side * 2, y - 2, z, 7.0], [x - side * 14, y - 6, z, 9.0], [*mouth, 11.0]])
        calyces = np.vstack(
            [
                tube_through([[x - side * 4, y - 2, z + dz, 4.0], [x - side * 14, y - 7, z, 4.5]])
                for dz in (-14.0, 0.0, 14.0)
            ]
        )
        vein = tube_through([[x - side * 8, y - 5, z + 3, 4.0], [x - side * 28, y - 14, z + 4, 5.0]])
        return [
            Tube(name="sinus", capsules_mm=fat, tissues=solid(tissue.VISCERAL_FAT), wall_hu=-95.0, bumps_mm=2.5),
            Tube(name="calyces", capsules_mm=calyces, tissues=solid(pelvis), wall_hu=22.0, bumps_mm=0.8),
            Tube(name="renal_vein", capsules_mm=vein, tissues=solid(tissue.OTHER_VESSEL), wall_hu=150.0),
        ]

    def _stomach(self) -> Tube:
        fill = self._random.uniform(0.85, 1.15)
        rows = [
            [62, 30, 62, 20], [66, 18, 46, 30], [70, -4, 26, 31], [66, -28, 4, 28], [50, -46, -14, 23],
            [22, -54, -26, 18], [-2, -50, -26, 14], [-20, -42, -22, 9],
        ]  # fmt: skip
        points = jittered(self._random, [[*row[:3], row[3] * fill] for row in rows], 2.5)
        return Tube(
            name="stomach",
            capsules_mm=tube_through(points),
            tissues=(anatomy.STOMACH, anatomy.STOMACH, tissue.STOMACH_GAS),
            wall_hu=86.0,
            content_hu=16.0,
            wall_mm=4.0,
            halo_mm=2.0,
            bumps_mm=3.0,
            texture_hu=12.0,
            gas_above_y_mm=float(self._random.uniform(-36.0, -26.0)),
            room="abdomen_or_liver",
        )

    def _duodenum(self) -> Tube:
        rows = [
            [-20, -42, -22, 10], [-36, -30, -22, 11], [-44, -12, -36, 11], [-44, -4, -62, 11], [-36, 4, -82, 11],
            [-10, 6, -88, 10], [16, 2, -82, 10], [30, -8, -62, 10],
        ]  # fmt: skip
        return Tube(
            name="duodenum",
            capsules_mm=tube_through(jittered(self._random, [[float(v) for v in row] for row in rows], 1.5)),
            tissues=(anatomy.DUODENUM, anatomy.DUODENUM, anatomy.DUODENUM),
            wall_hu=88.0,
            content_hu=24.0,
            wall_mm=2.6,
            halo_mm=1.5,
            bumps_mm=1.6,
            texture_hu=14.0,
            room="abdomen_or_liver",
        )

    def _oesophagus(self) -> list[Tube]:
        rows = [[6, 18, 190, 8], [8, 16, 110, 8], [16, 10, 72, 8], [40, 12, 52, 9], [56, 14, 46, 8]]
        return [
            Tube(
                name="oesophagus",
                capsules_mm=tube_through(rows),
                tissues=solid(tissue.BOWEL),
                wall_hu=62.0,
                halo_mm=1.0,
                room="trunk",
            )
        ]

    def _gallbladder(self) -> Tube:
        at = self._hilum
        length = self._random.uniform(0.85, 1.15)
        neck = at + np.array([-9.0, -12.0, -6.0])
        fundus = at + np.array([-26.0, -58.0, -36.0]) * length
        middle = 0.5 * (neck + fundus) + np.array([-3.0, 4.0, -6.0])
        rows = [[*neck, 3.5], [*(0.7 * neck + 0.3 * middle), 7.0], [*middle, 12.5], [*fundus, 13.5]]
        return Tube(
            name="gallbladder",
            capsules_mm=tube_through(jittered(self._random, rows, 1.5), step_mm=4.0),
            tissues=solid(anatomy.GALLBLADDER),
            wall_hu=62.0,
            content_hu=9.0,
            wall_mm=1.8,
            bumps_mm=0.8,
            texture_hu=2.0,
            room="abdomen_or_liver",
        )

    def _great_vessels(self) -> list[Tube]:
        aorta: list[list[float]] = [
            [10, 22, -210, 8.5],
            [9, 21, -120, 9],
            [9, 23, -40, 10],
            [8, 24, 40, 11],
            [12, 28, 120, 12],
        ]
        aorta.append([16, 30, 200, 12.5])
        branches = [
            tube_through([[8, 16, 2, 4.0], [7, 2, 4, 3.6], [-8, -4, 8, 3.0], [-22, -6, 6, 2.6]]),
            tube_through([[7, 2, 4, 3.2], [30, 2, 8, 3.0], [60, 20, 14, 2.6]]),
            tube_through([[8, 14, -12, 4.2], [6, -2, -24, 4.0], [4, -14, -60, 3.6], [2, -18, -130, 3.0]]),
            tube_through([[12, 26, -26, 3.2], [36, 38, -26, 2.8]]),
            tube_through([[4, 28, -30, 3.2], [-34, 40, -44, 2.8]]),
        ]
        return [
            Tube(
                name="arteries",
                capsules_mm=np.vstack(branches),
                tissues=solid(tissue.OTHER_VESSEL),
                wall_hu=AORTA_HU,
                texture_hu=2.0,
            ),
            Tube(
                name="aorta",
                capsules_mm=tube_through(aorta),
                tissues=solid(anatomy.AORTA),
                wall_hu=AORTA_HU,
                halo_mm=1.0,
                bumps_mm=0.4,
                texture_hu=2.0,
                room="trunk",
            ),
            Tube(
                name="left_renal_vein",
                capsules_mm=tube_through([[36, 38, -22, 4.6], [10, 8, -22, 4.4], [-16, 18, -26, 5.0]]),
                tissues=solid(tissue.OTHER_VESSEL),
                wall_hu=150.0,
                texture_hu=2.0,
            ),
            Tube(
                name="inferior_vena_cava",
                capsules_mm=tube_through(vena_cava_rows()),
                tissues=solid(anatomy.INFERIOR_VENA_CAVA),
                wall_hu=VENA_CAVA_HU,
                bumps_mm=0.5,
                texture_hu=3.0,
                stretch=(1.18, 0.92, 1.0),
                room="trunk",
            ),
        ]


def vena_cava_rows() -> list[list[float]]:
    """Rows (x, y, z, radius) of the inferior vena cava in the standard frame, from below."""
    return [
        [-19, 24, -210, 9], [-19, 22, -110, 9.5], [-20, 21, -40, 10.5], [-23, 19, 10, 10.5], [-26, 14, 50, 10.5],
        [-26, 10, 74, 11.5], [-20, 2, 96, 12.0], [-10, -12, 122, 15.0],
    ]  # fmt: skip
