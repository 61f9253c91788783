"""Which cases a folder holds: a scan and a reference each, found by their names or told by `suite.toml`.

DIR/suite.toml                what is not found by itself, optional
DIR/CASE/dicom.tar.xz         or dicom/, scan.nii.gz, ct.nii.gz, image.nrrd, ... : the scan
DIR/CASE/reference/           binary masks, or one label map; or reference.nii.gz, reference.nrrd, reference.dcm
DIR/CASE/reference/couinaud.nii.gz   segments 1 to 8, optional
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import LabelError, ScanError

SUITE_FILE: Final = "suite.toml"
_SCAN_NAMES: Final = ("scan", "ct", "dicom", "image", "imaging", "volume")
_VOLUMES: Final = (".nii.gz", ".nii", ".nrrd", ".nhdr")
_ARCHIVES: Final = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")
_MAP_NAMES: Final = ("labels", "label", "segmentation")
_CASE_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"


class SuiteEntry(BaseModel):
    """A case to score.

    Attributes:
        name: what the table calls it.
        scan: the scan; paths in `suite.toml` are relative to its folder.
        reference: a folder of binary masks or a segmentation file.
        label_map: a built-in table or a file that names the values of a label map.
        couinaud: a map of the segments 1 to 8.
        series: which of several DICOM series.
        trained_on: whether a network that ships has seen it: scored, but left out of averages.
        holds: structures the reference is known to hold though it has no voxel of them ("tumours" in a patient
            without).
        leave_out: structures of the reference that mean something else than ours.
        resample: put a reference on another grid onto the scan's at the nearest voxel.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=_CASE_NAME)
    scan: Path
    reference: Path
    label_map: str | None = None
    couinaud: Path | None = None
    series: str | None = None
    trained_on: bool = False
    holds: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    resample: bool = False


def find_suite_entries(folder: Path) -> tuple[SuiteEntry, ...]:
    """The cases of a folder in the order of their names; those of `suite.toml` replace those found.

    Raises:
        ScanError: no such folder, or no case in it.
        LabelError: `suite.toml` is no suite, or names files that are not there.
    """
    if not folder.is_dir():
        raise ScanError("There is no folder of cases at the path.", cure="Give the folder that holds one per case.")
    told = {entry.name: entry for entry in _told(folder)}
    found = {entry.name: entry for entry in (_discovered(path) for path in sorted(folder.iterdir())) if entry}
    entries = {**found, **told}
    if not entries:
        raise ScanError(
            "The folder holds no case: a folder with a scan and a reference.",
            cure=f"Put the masks into CASE/reference beside the scan, or write a {SUITE_FILE}.",
        )
    return tuple(entries[name] for name in sorted(entries))


def _told(folder: Path) -> list[SuiteEntry]:
    path = folder / SUITE_FILE
    if not path.is_file():
        return []
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        if set(raw) - {"case"} or not isinstance(raw.get("case", []), list):
            raise ValueError("unknown key")
        entries = [SuiteEntry.model_validate(case) for case in raw.get("case", [])]
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise LabelError(f"{SUITE_FILE} is no list of cases (at {place}).", cure="See docs/evaluation.md.") from error
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise LabelError(f"{SUITE_FILE} is no list of cases.", cure="See docs/evaluation.md.") from error
    return [_from(folder, entry) for entry in entries]


def _from(folder: Path, entry: SuiteEntry) -> SuiteEntry:
    """The entry with its paths seen from here."""
    scan, reference = folder / entry.scan, folder / entry.reference
    couinaud = folder / entry.couinaud if entry.couinaud is not None else _couinaud_beside(reference)
    for path in (scan, reference, couinaud):
        if path is not None and not path.exists():
            raise LabelError(
                f"{SUITE_FILE} names a file for {entry.name} that is not there.", cure="Paths start at its folder."
            )
    own_table = folder / entry.label_map if entry.label_map is not None else None
    label_map = str(own_table) if own_table is not None and own_table.is_file() else entry.label_map
    return entry.model_copy(update={"scan": scan, "reference": reference, "couinaud": couinaud, "label_map": label_map})


def _discovered(path: Path) -> SuiteEntry | None:
    """A folder with a reference in it is a case, if a scan is there too and its name can be told."""
    if not path.is_dir() or path.name.startswith("."):
        return None
    reference = _reference_in(path)
    scan = None if reference is None else _scan_in(path)
    if reference is None or scan is None:
        return None
    try:
        return SuiteEntry(name=path.name, scan=scan, reference=reference, couinaud=_couinaud_beside(reference))
    except ValidationError as error:
        raise LabelError(
            "The folder of a case has a name that no report can carry.",
            cure="Name them with letters, digits, points, dashes and underscores; never after patients.",
        ) from error


def _reference_in(case: Path) -> Path | None:
    """`reference/`, which may hold a single label map, or `reference.*`."""
    folder = case / "reference"
    if folder.is_dir():
        volumes = [path for path in folder.iterdir() if _stem(path, _VOLUMES) is not None]
        maps = [path for path in volumes if (_stem(path, _VOLUMES) or "").lower() in _MAP_NAMES]
        return maps[0] if len(maps) == 1 else folder
    files = [path for path in case.iterdir() if _stem(path, (*_VOLUMES, ".dcm")) in ("reference", "reference.seg")]
    return files[0] if len(files) == 1 else None


def _scan_in(case: Path) -> Path | None:
    """By name first; else the only folder, archive or volume that may be one."""
    for name in _SCAN_NAMES:
        for path in sorted(case.iterdir()):
            stem = path.name if path.is_dir() else _stem(path, (*_VOLUMES, *_ARCHIVES))
            if stem is not None and stem.lower() == name:
                return path
    rest = [path for path in case.iterdir() if path.is_dir() and path.name != "reference"]
    rest += [path for path in case.iterdir() if path.is_file() and _stem(path, (*_VOLUMES, *_ARCHIVES)) is not None]
    rest = [path for path in rest if not path.name.startswith(("reference", "."))]
    return rest[0] if len(rest) == 1 else None


def _couinaud_beside(reference: Path) -> Path | None:
    folder = reference if reference.is_dir() else reference.parent
    files = [path for path in folder.iterdir() if _stem(path, _VOLUMES) == "couinaud"]
    return files[0] if files else None


def _stem(path: Path, suffixes: tuple[str, ...]) -> str | None:
    """The name of a file without one of the suffixes, or None if it has none of them."""
    for suffix in sorted(suffixes, key=len, reverse=True):
        if path.name.lower().endswith(suffix):
            return path.name[: -len(suffix)]
    return None
