"""3MF, the format of printing software: one file, every structure an object with name and colour, in millimetres.

Written after the 3MF Core Specification 1.3: a zip with one XML model. Objects stay where they lie in the patient, so
that parts fit together; slicing software moves them onto the plate.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from engine.meshing.files.named_surface import FRAME, NOTICE, NamedSurface, rows_as_text
from engine.storage import storage_errors

CORE_NAMESPACE: Final = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
OWN_NAMESPACE: Final = "urn:cantlie:surface"
_CONTENT_TYPES: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>'
)
_RELATIONSHIPS: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="model" Target="/3D/3dmodel.model" '
    'Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
_MATERIALS_ID: Final = 1
_FIRST_OBJECT_ID: Final = 2
# A zip keeps a time for every file; the earliest that it can keep makes equal surfaces equal files.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)


def write_3mf(path: Path, surfaces: Sequence[NamedSurface]) -> None:
    """Writes all surfaces into one file, in LPS mm; metadata name the frame and nothing of the patient.

    Args:
        path: of the file.
        surfaces: at least one; names that occur twice are told apart by their order only.

    Raises:
        ValueError: there is no surface.
        StorageError: the file could not be written.
    """
    if not surfaces:
        raise ValueError("a 3MF file needs an object")
    with storage_errors(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package:
        package.writestr(_entry("[Content_Types].xml"), _CONTENT_TYPES)
        package.writestr(_entry("_rels/.rels"), _RELATIONSHIPS)
        with package.open(_entry("3D/3dmodel.model"), "w", force_zip64=True) as stream:
            _write_model(stream, surfaces)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _NO_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _write_model(stream: IO[bytes], surfaces: Sequence[NamedSurface]) -> None:
    bases = "".join(
        f'<base name={_attribute(surface.title)} displaycolor="{surface.colour.upper()}"/>' for surface in surfaces
    )
    stream.write(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<model unit="millimeter" xml:lang="en" xmlns="{CORE_NAMESPACE}" xmlns:cantlie="{OWN_NAMESPACE}">\n'
        f'<metadata name="Application">Cantlie</metadata>\n<metadata name="Description">{FRAME}. {NOTICE}.</metadata>\n'
        f'<resources>\n<basematerials id="{_MATERIALS_ID}">{bases}</basematerials>\n'.encode()
    )
    for number, surface in enumerate(surfaces):
        stream.writelines(_object(number, surface))
    items = "".join(f'<item objectid="{_FIRST_OBJECT_ID + number}"/>' for number in range(len(surfaces)))
    stream.write(f"</resources>\n<build>{items}</build>\n</model>\n".encode())


def _object(number: int, surface: NamedSurface) -> Iterator[bytes]:
    metadata = {"structure": surface.name, "snomed": surface.snomed}
    own = "".join(
        f'<metadata name="cantlie:{key}">{escape(_allowed(value))}</metadata>'
        for key, value in metadata.items()
        if value
    )
    yield (
        f'<object id="{_FIRST_OBJECT_ID + number}" type="model" name={_attribute(surface.title)} '
        f'pid="{_MATERIALS_ID}" pindex="{number}"><metadatagroup>{own}</metadatagroup><mesh><vertices>\n'
    ).encode()
    yield from rows_as_text('<vertex x="%.5f" y="%.5f" z="%.5f"/>\n', surface.level.vertices_lps_mm)
    yield b"</vertices><triangles>\n"
    yield from rows_as_text('<triangle v1="%d" v2="%d" v3="%d"/>\n', surface.level.faces.astype(np.int64))
    yield b"</triangles></mesh></object>\n"


def _attribute(text: str) -> str:
    return quoteattr(_allowed(text))


def _allowed(text: str) -> str:
    """The text without what XML 1.0 forbids even when escaped (its section 2.2)."""
    return (
        "".join(sign for sign in text if sign in "\t\n\r" or (sign >= " " and sign not in "\ufffe\uffff"))
        .encode(
            "utf-8",
            "ignore",  # lone surrogates
        )
        .decode()
    )
