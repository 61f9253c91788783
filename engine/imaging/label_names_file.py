"""Tables that say what the values of a label map mean: beside it, in its header, built in, or the person's own file."""

from __future__ import annotations

import json
import re
import struct
import tomllib
from pathlib import Path
from typing import Final

from engine.errors import LabelError
from engine.label_tables import LABEL_TABLES, LabelTable, known_tables

_MAX_TABLE_BYTES: Final = 1024 * 1024
_ITK_SNAP_LINE: Final = re.compile(r'\s*(\d+)(?:\s+[\d.]+){6}\s+"([^"]*)"\s*')
# A pattern, not an XML parser: entities of a hostile header are never expanded.
_CARET_LABEL: Final = re.compile(r'<Label\b[^>]*?\bKey="(\d+)"[^>]*>\s*(?:<!\[CDATA\[)?\s*([^<\]]*)')


def label_table(wanted: str) -> LabelTable:
    """The built-in table of that name, or the table in the person's JSON, TOML or ITK-SNAP file.

    Raises:
        LabelError: neither, or the file holds no table.
    """
    if wanted in LABEL_TABLES:
        return LABEL_TABLES[wanted]
    path = Path(wanted)
    if not path.is_file():
        raise LabelError(
            "The label map is neither a built-in one nor a file.",
            cure=f"Built-in: {known_tables()}. Or give a JSON, TOML or ITK-SNAP file that maps values to names.",
        )
    return read_table(path)


def table_beside(path: Path, stem: str) -> LabelTable | None:
    """The table in a file of the same stem (.json, .toml, .label, .txt), else in the NIfTI header, or None."""
    for suffix in (".json", ".toml", ".label", ".lbl", ".txt"):
        beside = path.with_name(f"{stem}{suffix}")
        if beside.is_file() and (suffix != ".txt" or _itk_snap(_text_of(beside))):
            return read_table(beside)
    return _table_in_nifti(path) if path.name.lower().endswith((".nii", ".nii.gz")) else None


def read_table(path: Path) -> LabelTable:
    """Value -> name from a JSON object, a TOML file (its `[labels]` or its top level) or an ITK-SNAP description.

    Raises:
        LabelError: the file holds no table.
    """
    text = _text_of(path)
    try:
        if path.suffix.lower() == ".json":
            raw = json.loads(text)
        elif path.suffix.lower() == ".toml":
            raw = tomllib.loads(text)
            raw = raw.get("labels", raw)
        else:
            raw = _itk_snap(text)
        # Data sets write {"liver": 1} as often as {"1": "liver"}.
        if raw and all(isinstance(value, int) for value in raw.values()):
            raw = {value: name for name, value in raw.items()}
        table = {int(value): _name(name) for value, name in raw.items()}
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise LabelError(
            "The file that should name the labels is no map of values to names.", cure='Write e.g. {"1": "liver"}.'
        ) from error
    if not table or min(table) < 0:
        raise LabelError("The file that should name the labels holds no names.", cure='Write e.g. {"1": "liver"}.')
    return table


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError
    return name


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_TABLE_BYTES:
            raise LabelError(
                "The file that should name the labels is too large.", cure="Give a map of values to names."
            )
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LabelError("The file that should name the labels cannot be read.", cure="Save it as UTF-8.") from error


def _itk_snap(text: str) -> dict[int, str]:
    """ITK-SNAP: index, red, green, blue, alpha, visibility, mesh visibility, "name"."""
    found = (_ITK_SNAP_LINE.fullmatch(line) for line in text.splitlines())
    return {int(one.group(1)): one.group(2) for one in found if one}


def _table_in_nifti(path: Path) -> LabelTable | None:
    """The Caret label table that TotalSegmentator and Connectome Workbench write into the header's extension."""
    import gzip
    import zlib

    try:
        with path.open("rb") as raw:
            compressed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            with gzip.GzipFile(fileobj=raw) if compressed else raw as stream:
                start = stream.read(_MAX_TABLE_BYTES)
    except (OSError, EOFError, zlib.error):
        return None  # what reads the voxels says what is wrong
    if len(start) < 352 or start[:4] not in (struct.pack("<i", 348), struct.pack(">i", 348)) or start[348] == 0:
        return None
    order = "<" if start[:4] == struct.pack("<i", 348) else ">"
    (offset,) = struct.unpack(f"{order}f", start[108:112])
    end = min(len(start), int(offset)) if 352 <= offset < 16e6 else 352
    labels = _CARET_LABEL.findall(start[352:end].decode("utf-8", "replace"))
    return {int(value): name.strip() for value, name in labels[:1024]} or None
