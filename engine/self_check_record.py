"""The record of a self-check in a case: measured errors of this Cantlie on the case's own voxels."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import Annotated, Final, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.case import Case
from engine.errors import CaseCorruptError
from engine.geometry import VolumeGeometry
from engine.storage import storage_errors, temporary_sibling

SELF_CHECK_FILE: Final = "self_check.json"
_MOST_BYTES: Final = 100_000


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MeasuredError(_Record):
    """How far a number lay from its exact value over all trials; measured minus exact, in the number's unit.

    `exact` is the value by formula, `mean` the mean error, `worst` the error farthest from 0.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
    title: str
    unit: str
    exact: float
    mean: float
    worst: float


class SelfCheckRecord(_Record):
    """What a self-check found."""

    format_version: Literal[1] = 1
    software: str
    created_at: str
    trials: int
    spacing_ijk_mm: tuple[float, float, float]
    direction: tuple[float, ...]
    errors: tuple[MeasuredError, ...]

    def error(self, name: str) -> MeasuredError:
        """The error of a number.

        Raises:
            KeyError: it was not measured.
        """
        for one in self.errors:
            if one.name == name:
                return one
        raise KeyError(name)

    def fits(self, geometry: VolumeGeometry) -> bool:
        """Whether it was made on voxels of this size and direction, by this version of Cantlie."""
        return (
            self.software == software_version()
            and np.allclose(self.spacing_ijk_mm, geometry.spacing_ijk_mm, atol=1e-6)
            and np.allclose(self.direction, geometry.direction.ravel(), atol=1e-6)
        )


def software_version() -> str:
    """Version of Cantlie, "unknown" where it runs from a folder without being installed."""
    try:
        return metadata.version("cantlie")
    except metadata.PackageNotFoundError:
        return "unknown"


def read_self_check(case: Case) -> SelfCheckRecord | None:
    """The record of a case; None where there is none, or one of another version or other voxels.

    Raises:
        CaseCorruptError: the file is damaged.
    """
    path = _path_of(case)
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("too large")
        record = SelfCheckRecord.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError, ValidationError) as error:
        raise CaseCorruptError(
            f"A file of the case is damaged ({SELF_CHECK_FILE}).", cure="Run `cantlie selfcheck CASE` again."
        ) from error
    return record if record.fits(case.manifest.grid.geometry()) else None


def write_self_check(case: Case, record: SelfCheckRecord) -> None:
    """Writes the record into the case, whole or not at all.

    Raises:
        StorageError: the case may not be written.
    """
    path = _path_of(case)
    temporary = temporary_sibling(path)
    with storage_errors():
        try:
            temporary.write_text(record.model_dump_json(indent=1), encoding="utf-8")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _path_of(case: Case) -> Path:
    return case.path / SELF_CHECK_FILE
