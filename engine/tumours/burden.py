"""Tumour burden: number, longest diameter, total volume, and size limits in use as facts beside their source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.tumours.measures import TumourMeasure

HEPATOCELLULAR_ONLY: Final = "Hepatocellular carcinoma without vascular invasion or spread outside the liver"


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeCriterion:
    """A published limit of number and size, and whether the measured numbers lie within it.

    It compares numbers and says nothing about a patient: which tumours these are, vessels invaded and spread are
    not looked at.

    Attributes:
        name: as it is known.
        limit: in words.
        source: where it was published.
        applies_to: the disease it was made for.
        within: whether number and longest axial diameters lie within the limit.
        is_open: whether diameters longer or shorter by the uncertainty of measurement would change that.
    """

    name: str
    limit: str
    source: str
    applies_to: str
    within: bool
    is_open: bool = False

    def as_json(self) -> dict[str, object]:
        """All fields by name."""
        return {
            "name": self.name,
            "limit": self.limit,
            "source": self.source,
            "applies_to": self.applies_to,
            "within": self.within,
            "is_open": self.is_open,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TumourBurden:
    """All tumours of a liver in numbers.

    Attributes:
        count: how many.
        longest_axial_diameter_mm: of the largest; 0 where there is none.
        sum_of_diameters_mm: longest axial diameters added up.
        total_volume_ml: of all.
        criteria: limits in use; none where there is no tumour.
        length_uncertainty_mm: by how much a diameter may be off, mm.
    """

    count: int
    longest_axial_diameter_mm: float
    sum_of_diameters_mm: float
    total_volume_ml: float
    criteria: tuple[SizeCriterion, ...]
    length_uncertainty_mm: float = 0.0

    def as_json(self) -> dict[str, object]:
        """All fields by name."""
        return {
            "count": self.count,
            "longest_axial_mm": self.longest_axial_diameter_mm,
            "sum_of_diameters_mm": self.sum_of_diameters_mm,
            "total_volume_ml": self.total_volume_ml,
            "length_uncertainty_mm": self.length_uncertainty_mm,
            "criteria": [criterion.as_json() for criterion in self.criteria],
        }


def tumour_burden(tumours: Sequence[TumourMeasure], *, length_uncertainty_mm: float = 0.0) -> TumourBurden:
    """Sums up the tumours of one liver.

    Args:
        tumours: their sizes.
        length_uncertainty_mm: by how much each diameter may be off, usually a voxel in the plane of the slices; a
            criterion that it would change is marked as open.

    Limits, by longest axial diameter: Milan, one tumour up to 5 cm, or up to 3 of up to 3 cm each (Mazzaferro 1996,
    N Engl J Med 334:693). UCSF, one up to 6.5 cm, or up to 3 of up to 4.5 cm each with 8 cm in sum (Yao 2001,
    Hepatology 33:1394). Up-to-7, number plus the largest diameter in cm up to 7 (Mazzaferro 2009, Lancet Oncol
    10:35). All three are compared in PMC6558441.
    """
    sizes_mm = tuple(tumour.longest_axial.length_mm for tumour in tumours)
    return TumourBurden(
        count=len(sizes_mm),
        longest_axial_diameter_mm=max(sizes_mm, default=0.0),
        sum_of_diameters_mm=sum(sizes_mm),
        total_volume_ml=sum(tumour.volume_ml for tumour in tumours),
        criteria=_criteria(sizes_mm, length_uncertainty_mm) if sizes_mm else (),
        length_uncertainty_mm=length_uncertainty_mm,
    )


def _criteria(sizes_mm: Sequence[float], uncertainty_mm: float) -> tuple[SizeCriterion, ...]:
    others = [size_criteria([max(0.0, size + step) for size in sizes_mm]) for step in (-uncertainty_mm, uncertainty_mm)]
    return tuple(
        replace(criterion, is_open=any(one[number].within != criterion.within for one in others))
        for number, criterion in enumerate(size_criteria(sizes_mm))
    )


def size_criteria(sizes_mm: Sequence[float]) -> tuple[SizeCriterion, ...]:
    """Milan, UCSF and up-to-7 for the longest axial diameters (mm) of one tumour or more."""
    count, largest = len(sizes_mm), max(sizes_mm)
    one = count == 1
    return (
        SizeCriterion(
            name="Milan",
            limit="1 tumour of up to 5 cm, or up to 3 of up to 3 cm each",
            source="Mazzaferro 1996, N Engl J Med 334:693",
            applies_to=HEPATOCELLULAR_ONLY,
            within=(one and largest <= 50.0) or (count <= 3 and largest <= 30.0),
        ),
        SizeCriterion(
            name="UCSF",
            limit="1 tumour of up to 6.5 cm, or up to 3 of up to 4.5 cm each with up to 8 cm in sum",
            source="Yao 2001, Hepatology 33:1394",
            applies_to=HEPATOCELLULAR_ONLY,
            within=(one and largest <= 65.0) or (count <= 3 and largest <= 45.0 and sum(sizes_mm) <= 80.0),
        ),
        SizeCriterion(
            name="Up-to-7",
            limit="number of tumours plus the largest diameter in cm is up to 7",
            source="Mazzaferro 2009, Lancet Oncol 10:35",
            applies_to=HEPATOCELLULAR_ONLY,
            within=count + largest / 10.0 <= 7.0,
        ),
    )
