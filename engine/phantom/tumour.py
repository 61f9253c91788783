"""Tumours: lobulated, darker than the liver, at places that the seed decides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.phantom.growth.organ_field import OrganField

_CLEAR_OF_MAIN_VESSELS_MM = 5.0
_CLEAR_OF_EACH_OTHER_MM = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tumour:
    """One tumour in LPS mm.

    Attributes:
        centre_lps_mm: its middle.
        radius_mm: mean radius.
        roughness: amplitude of its lobes as a share of the radius.
        phase: which lobes.
        hu: intensity of its rim; the core is darker.
    """

    centre_lps_mm: tuple[float, float, float]
    radius_mm: float
    roughness: float
    phase: float
    hu: float

    def shape(self) -> NDArray[np.float64]:
        """(6,) for `painting.kernels.tumour_distance`."""
        return np.array([*self.centre_lps_mm, self.radius_mm, self.roughness, self.phase])

    @property
    def reach_mm(self) -> float:
        """How far from its centre it may stretch."""
        return self.radius_mm * (1.0 + 1.6 * self.roughness)


def place_tumours(seed: int, count: int, field: OrganField, vessel_points: NDArray[np.float64]) -> tuple[Tumour, ...]:
    """Up to `count` tumours in the liver, clear of the main vessels and of each other, largest first.

    Each tumour has its own random stream, so asking for more does not move the first ones.
    """
    placed: list[Tumour] = []
    for number in range(count):
        random = np.random.default_rng([seed, 77, number])
        radius = float(np.exp(random.uniform(np.log(5.0), np.log(20.0))))
        for attempt in range(6):
            tumour = _placed(random, radius * 0.85**attempt, field, vessel_points, placed)
            if tumour is not None:
                placed.append(tumour)
                break
    return tuple(sorted(placed, key=lambda t: -t.radius_mm))


def _placed(
    random: np.random.Generator,
    radius: float,
    field: OrganField,
    vessel_points: NDArray[np.float64],
    others: list[Tumour],
) -> Tumour | None:
    roughness = float(random.uniform(0.08, 0.16))
    reach = radius * (1.0 + 1.6 * roughness)
    # Wholly inside, so that its volume follows from its own formula.
    places = field.points_deeper_than(reach + 2.0)
    if not len(places):
        return None
    for _ in range(200):
        centre = places[random.integers(0, len(places))]
        if np.linalg.norm(vessel_points - centre, axis=1).min() < reach + _CLEAR_OF_MAIN_VESSELS_MM:
            continue
        gaps = [np.linalg.norm(np.subtract(t.centre_lps_mm, centre)) - t.reach_mm - reach for t in others]
        if gaps and min(gaps) < _CLEAR_OF_EACH_OTHER_MM:
            continue
        x, y, z = centre + random.uniform(-0.5, 0.5, 3)
        return Tumour(
            centre_lps_mm=(float(x), float(y), float(z)),
            radius_mm=radius,
            roughness=roughness,
            phase=float(random.uniform(0.0, 1.0)),
            hu=float(random.uniform(66.0, 82.0)),
        )
    return None
