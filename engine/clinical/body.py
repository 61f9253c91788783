"""Height and weight: all that is needed of a body, given by a person and kept in a small file of their own."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.errors import ClinicalInputError
from engine.storage import storage_errors, temporary_sibling

HEIGHT_RANGE_CM: Final = (40.0, 250.0)
WEIGHT_RANGE_KG: Final = (2.0, 400.0)
_MOST_BYTES: Final = 10_000
_CURE: Final = 'Write {"height_cm": 170, "weight_kg": 70}, or give --height-cm and --weight-kg.'


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyData:
    """A body's size; sex is not needed by any formula here.

    Attributes:
        height_cm: height; None where not known, and then nothing is estimated from body surface.
        weight_kg: weight.

    Raises:
        ClinicalInputError: a value is no number of its unit (a height of 1.70 is metres).
    """

    weight_kg: float
    height_cm: float | None = None

    def __post_init__(self) -> None:
        """Refuses mistaken units."""
        _check("height", self.height_cm, HEIGHT_RANGE_CM, "cm")
        _check("weight", self.weight_kg, WEIGHT_RANGE_KG, "kg")

    def as_json(self) -> dict[str, object]:
        """The body as `body_from_json` reads it."""
        return {"height_cm": self.height_cm, "weight_kg": self.weight_kg}


def body_from_json(document: object) -> BodyData:
    """Reads `{"height_cm": 170, "weight_kg": 70}`; the height may be missing.

    Raises:
        ClinicalInputError: a field is missing, unknown or no number.
    """
    if not isinstance(document, Mapping) or "weight_kg" not in document:
        raise ClinicalInputError("The body file has no weight_kg.", cure=_CURE)
    if set(document) - {"height_cm", "weight_kg"}:
        raise ClinicalInputError("The body file has fields that are not known.", cure=_CURE)
    height, weight = document.get("height_cm"), document["weight_kg"]
    if not _is_number(weight) or not (height is None or _is_number(height)):
        raise ClinicalInputError("The body file holds something else than numbers.", cure=_CURE)
    return BodyData(height_cm=None if height is None else float(height), weight_kg=float(weight))


def body_file_of(plan_file: Path) -> Path:
    """Where the body data of a plan are kept: `plan.json` has `plan.body.json` beside it."""
    return plan_file.with_name(f"{plan_file.stem}.body.json")


def read_body(path: Path) -> BodyData:
    """Reads a body file.

    Raises:
        ClinicalInputError: it cannot be read or holds something else.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ClinicalInputError("The body file is larger than any body file.", cure=_CURE)
        document: object = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ClinicalInputError("The body file cannot be read.", cure="Check the path of --body.") from error
    except (ValueError, RecursionError) as error:
        raise ClinicalInputError("The body file is no JSON.", cure=_CURE) from error
    return body_from_json(document)


def write_body(path: Path, body: BodyData) -> None:
    """Writes a body file, whole or not at all.

    Raises:
        StorageError: it cannot be written.
    """
    temporary = temporary_sibling(path)
    with storage_errors():
        try:
            temporary.write_text(json.dumps(body.as_json()) + "\n", encoding="utf-8")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check(name: str, value: float | None, allowed: tuple[float, float], unit: str) -> None:
    if value is None:
        return
    if not (math.isfinite(value) and allowed[0] <= value <= allowed[1]):
        raise ClinicalInputError(
            f"The {name} is not between {allowed[0]:.0f} and {allowed[1]:.0f} {unit}.",
            cure=f"Give the {name} in {unit}.",
        )
