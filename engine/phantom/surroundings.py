"""What lies behind and below the liver: muscles, bowel, mesentery, lung vessels, as tubes in the standard frame."""

from __future__ import annotations

import numpy as np

from engine import anatomy
from engine.phantom import tissue
from engine.phantom.tube import Tube, jittered, solid, tube_through


class SurroundingsSampler:
    """Draws the surroundings of one patient; every call moves the random stream on."""

    def __init__(self, random: np.random.Generator) -> None:
        """Draws from `random`."""
        self._random = random

    def all(self) -> list[Tube]:
        """Everything that is painted before the liver's own neighbours, in painting order."""
        return [*self._muscles(), self._lung_vessels(), self._mesentery(), *self._bowel(), *self._colon()]

    def _muscles(self) -> list[Tube]:
        tubes = []
        for side in (-1.0, 1.0):
            psoas = [[side * 25, 50, -5, 5.0], [side * 37, 50, -60, 13.0], [side * 47, 44, -130, 20.0]]
            psoas.append([side * 55, 38, -200, 24.0])
            lumborum = [[side * 60, 72, 10, 7.0], [side * 68, 74, -60, 11.0], [side * 76, 72, -190, 14.0]]
            crus = [[side * 17, 32, -70, 4.0], [side * 17, 22, 0, 5.5], [side * 15, 14, 50, 5.0]]
            for name, rows in (("psoas", psoas), ("lumborum", lumborum), ("crus", crus)):
                tubes.append(
                    Tube(
                        name=name,
                        capsules_mm=tube_through(rows),
                        tissues=solid(tissue.MUSCLE),
                        wall_hu=60.0,
                        bumps_mm=1.0,
                        texture_hu=7.0,
                    )
                )
        return tubes

    def _lung_vessels(self) -> Tube:
        """Vessels that fan out from both lung roots; they fade towards the pleura."""
        parts = []
        for side in (-1.0, 1.0):
            root = np.array([side * 34.0, 18.0, 150.0])
            for _ in range(60):
                end = self._random.uniform([28.0, -80.0, -5.0], [134.0, 74.0, 165.0]) * [side, 1.0, 1.0]
                middle = 0.55 * root + 0.45 * end + self._random.normal(0.0, 9.0, 3)
                parts.append(tube_through([[*root, 3.4], [*middle, 1.7], [*end, 0.6]], step_mm=12.0))
        return Tube(
            name="lung_vessels",
            capsules_mm=np.vstack(parts),
            tissues=solid(anatomy.LUNGS),
            wall_hu=-40.0,
            room="lungs",
        )

    def _mesentery(self) -> Tube:
        """Small vessels in the fat between the loops of bowel."""
        parts = []
        for _ in range(55):
            root = np.array([3.0, -14.0, self._random.uniform(-110.0, -30.0)])
            end = self._random.uniform([-78.0, -76.0, -190.0], [92.0, 8.0, -20.0])
            middle = 0.5 * (root + end) + self._random.normal(0.0, 8.0, 3)
            parts.append(tube_through([[*root, 2.0], [*middle, 1.3], [*end, 0.7]], step_mm=10.0))
        return Tube(
            name="mesentery",
            capsules_mm=np.vstack(parts),
            tissues=solid(tissue.OTHER_VESSEL),
            wall_hu=120.0,
        )

    def _bowel(self) -> list[Tube]:
        """Loops of small bowel: snakes that wind down through the front of the belly."""
        loops = []
        for n in range(10):
            rows = []
            x, y, z = self._random.uniform(-60, 75), self._random.uniform(-58, 0), -42.0 - 15.0 * n
            heading = self._random.uniform(0, 2 * np.pi)
            for _ in range(11):
                heading += self._random.normal(0.0, 1.1)
                x += 24.0 * np.cos(heading)
                y += 16.0 * np.sin(heading)
                z += self._random.normal(0.0, 7.0)
                if not -72 < x < 84 or not -66 < y < 14:
                    heading += np.pi
                x, y = float(np.clip(x, -78, 88)), float(np.clip(y, -68, 18))
                rows.append([x, y, z, self._random.uniform(9.0, 12.5)])
            loops.append(
                Tube(
                    name="small_bowel",
                    capsules_mm=tube_through(rows),
                    tissues=(tissue.BOWEL, tissue.BOWEL, tissue.BOWEL_GAS),
                    wall_hu=92.0,
                    content_hu=float(self._random.uniform(12, 42)),
                    wall_mm=2.4,
                    halo_mm=1.6,
                    bumps_mm=1.8,
                    texture_hu=12.0,
                )
            )
        return loops

    def _colon(self) -> list[Tube]:
        r = self._random.uniform(0.9, 1.12)
        courses = {
            "ascending_colon": [[-92, 26, -210, 23], [-94, 22, -140, 24], [-86, 6, -95, 22], [-62, -22, -72, 18]],
            "transverse_colon": [
                [-62, -22, -72, 18],
                [-40, -58, -86, 18],
                [0, -66, -98, 17],
                [48, -64, -84, 17],
                [82, -46, -45, 17],
                [100, -18, -14, 17],
            ],
            "descending_colon": [[100, -18, -14, 17], [106, 14, -40, 16], [106, 26, -110, 15], [104, 24, -210, 15]],
        }
        tubes = []
        for name, rows in courses.items():
            points = jittered(self._random, [[*row[:3], row[3] * r] for row in rows], 3.0)
            capsules = tube_through(points, step_mm=4.0)
            haustra = 1.0 + 0.13 * np.sin(np.arange(len(capsules)) * 4.0 * 2 * np.pi / 26.0)
            capsules[:, 3] *= haustra
            capsules[:-1, 7] = capsules[1:, 3]
            level = float(points[:, 1].mean() - 3.0) if name == "transverse_colon" else float(points[:, 1].min() - 9.0)
            tubes.append(
                Tube(
                    name=name,
                    capsules_mm=capsules,
                    tissues=(tissue.BOWEL, tissue.BOWEL, tissue.BOWEL_GAS),
                    wall_hu=72.0,
                    content_hu=18.0,
                    wall_mm=2.6,
                    halo_mm=1.8,
                    bumps_mm=1.6,
                    texture_hu=46.0,
                    gas_above_y_mm=level,
                )
            )
        return tubes
