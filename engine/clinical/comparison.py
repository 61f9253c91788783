"""Several plans of one case side by side: every number with its difference from the first plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.clinical.quantity import Quantity
from engine.errors import ClinicalInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanNumbers:
    """The numbers of one plan.

    Attributes:
        name: what the plan is called in the table.
        quantities: keys are unique.
    """

    name: str
    quantities: tuple[Quantity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    """One number across all plans.

    Attributes:
        key: of the quantity.
        group: the heading it stands under.
        title: what a person reads.
        unit: of values and differences.
        digits: after the decimal point, as printed.
        cells: one a plan; None where the plan has no such number.
    """

    key: str
    group: str
    title: str
    unit: str
    digits: int
    cells: tuple[Quantity | None, ...]

    @property
    def values(self) -> tuple[float | None, ...]:
        """One a plan."""
        return tuple(None if cell is None else cell.value for cell in self.cells)

    @property
    def differences(self) -> tuple[float | None, ...]:
        """Value minus the first plan's, one a plan; the first is 0. None where either is not known."""
        first = self.values[0]
        return tuple(None if first is None or value is None else value - first for value in self.values)

    def as_json(self) -> dict[str, object]:
        """The row by name; lists run over plans."""
        return {
            "key": self.key,
            "group": self.group,
            "title": self.title,
            "unit": self.unit,
            "values": list(self.values),
            "differences_from_first": list(self.differences),
            "intervals": [
                None if cell is None or cell.interval is None else cell.interval.as_json() for cell in self.cells
            ],
            "thresholds": [
                None if cell is None or cell.comparison is None else cell.comparison.as_json() for cell in self.cells
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonTable:
    """Plans side by side.

    Attributes:
        names: of the plans, in the order given; the first is what the others are compared with.
        rows: in the order of the first plan that has them.
    """

    names: tuple[str, ...]
    rows: tuple[ComparedRow, ...]


def compare_plans(plans: Sequence[PlanNumbers]) -> ComparisonTable:
    """Puts two plans or more side by side.

    Raises:
        ClinicalInputError: fewer than two plans.
    """
    if len(plans) < 2:
        raise ClinicalInputError("There is nothing to compare.", cure="Give two plans or more.")
    by_key = [{quantity.key: quantity for quantity in plan.quantities} for plan in plans]
    order = _merged_order([[quantity.key for quantity in plan.quantities] for plan in plans])
    rows = []
    for key in order:
        cells = tuple(quantities.get(key) for quantities in by_key)
        shown = next(cell for cell in cells if cell is not None)
        rows.append(
            ComparedRow(
                key=key, group=shown.group, title=shown.title, unit=shown.unit, digits=shown.digits, cells=cells
            )
        )
    return ComparisonTable(names=_distinct([plan.name for plan in plans]), rows=tuple(rows))


def _merged_order(keys_of_plans: Sequence[Sequence[str]]) -> list[str]:
    """All keys once; one that only a later plan has stands behind its neighbour there, under the same heading."""
    order: list[str] = []
    for keys in keys_of_plans:
        place = 0
        for key in keys:
            if key in order:
                place = order.index(key) + 1
            else:
                order.insert(place, key)
                place += 1
    return order


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Two files of one name in two folders are told apart by their place in the command."""
    return tuple(f"{name} ({number})" if names.count(name) > 1 else name for number, name in enumerate(names, start=1))
