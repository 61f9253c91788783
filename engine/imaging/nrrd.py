"""NRRD files (.nrrd, and .nhdr with its data file beside it): read one volume, write one volume.

Format: https://teem.sourceforge.net/nrrd/format.html
"""

from __future__ import annotations

import bz2
import math
import re
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import HostileInputError, UnreadableFileError, UnsupportedScanError
from engine.geometry import VolumeGeometry
from engine.imaging import limits
from engine.imaging.stored_volume import StoredVolume, check_size, checked_geometry

_CURE: Final = "Export the file again, or give the DICOM folder itself."
_MAX_HEADER_BYTES: Final = 256 * 1024
_DTYPES: Final = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_NAME_OF_DTYPE: Final = {"uint8": "uint8", "int16": "int16", "uint16": "uint16", "int32": "int32", "float32": "float"}
_SPACES: Final = {
    "left-posterior-superior": (1.0, 1.0, 1.0),
    "lps": (1.0, 1.0, 1.0),
    "right-anterior-superior": (-1.0, -1.0, 1.0),
    "ras": (-1.0, -1.0, 1.0),
    "left-anterior-superior": (1.0, -1.0, 1.0),
    "las": (1.0, -1.0, 1.0),
}
"""Signs that turn the file's space into LPS."""


def read_nrrd(path: Path) -> StoredVolume:
    """Reads a 3D NRRD file.

    Raises:
        UnreadableFileError: truncated, damaged, or its data file is missing.
        UnsupportedScanError: not a 3D volume of real numbers with a known patient space.
        HostileInputError: absurd sizes, or a data file outside the header's folder.
        SliceGeometryError: skewed axes.
    """
    if path.stat().st_size == 0:
        raise UnreadableFileError("The file is empty (0 bytes).", cure=_CURE)
    fields, header_bytes = read_header(path)
    shape_ijk, lps_from_ijk = grid_of(fields)
    dtype = dtype_of(fields)
    check_size(shape_ijk, dtype.itemsize)
    geometry = checked_geometry((shape_ijk[2], shape_ijk[1], shape_ijk[0]), lps_from_ijk)
    data = read_data(path, fields, header_bytes, math.prod(shape_ijk) * dtype.itemsize)
    stored = np.frombuffer(data, dtype=dtype).reshape(geometry.shape_kji)
    return StoredVolume(stored=stored, slope=1.0, intercept=0.0, geometry=geometry)


def read_header(path: Path) -> tuple[dict[str, str], int]:
    """(fields by lower-case name, length of the header with its blank line); key/value pairs are left out."""
    with path.open("rb") as stream:
        start = stream.read(_MAX_HEADER_BYTES)
    if not start.startswith(b"NRRD000"):
        raise UnreadableFileError("The file is not NRRD, whatever its name says.", cure=_CURE)
    end = re.search(rb"\r?\n\r?\n", start)
    # A detached header may end without the blank line.
    header_bytes = end.end() if end else len(start)
    fields: dict[str, str] = {}
    for line in start[: end.start() if end else len(start)].decode("latin-1").splitlines()[1:]:
        name, colon, value = line.partition(":")
        if colon and not line.startswith("#") and not value.startswith("="):
            fields[name.strip().lower()] = value.strip()
    return fields, header_bytes


def grid_of(fields: dict[str, str]) -> tuple[tuple[int, int, int], NDArray[np.float64]]:
    """(shape along i, j, k; lps_from_ijk in mm) of a 3D header.

    Raises:
        ScanError: see `read_nrrd`.
    """
    try:
        sizes = [int(size) for size in fields.get("sizes", "").split()]
    except ValueError as error:
        raise UnreadableFileError("The sizes in the NRRD header are no numbers.", cure=_CURE) from error
    if len(sizes) != 3:
        raise UnsupportedScanError(
            f"The NRRD file has {len(sizes)} axes, not 3 (2D, several volumes or colour).",
            cure="Give one 3D CT volume.",
        )
    signs = _SPACES.get(fields.get("space", "").lower())
    directions = re.findall(r"\(([^)]*)\)", fields.get("space directions", ""))
    origin = re.findall(r"\(([^)]*)\)", fields.get("space origin", ""))
    if signs is None or len(directions) != 3 or len(origin) != 1:
        raise UnsupportedScanError(
            "The NRRD file does not say how the patient lies in it: left and right cannot be told apart.",
            cure="Save it again with 'space', 'space directions' and 'space origin', or give the DICOM folder.",
        )
    matrix = np.eye(4)
    for axis, text in enumerate(directions):
        matrix[:3, axis] = _vector(text) * signs
    matrix[:3, 3] = _vector(origin[0]) * signs
    return (sizes[0], sizes[1], sizes[2]), matrix * _mm_per_unit(fields)


def _mm_per_unit(fields: dict[str, str]) -> NDArray[np.float64]:
    """(4, 1) factors; NRRD names units per space axis, and all of them are lengths here."""
    units = {unit.strip().lower() for unit in re.findall(r'"([^"]*)"', fields.get("space units", ""))} or {"mm"}
    known = {"mm": 1.0, "m": 1000.0, "cm": 10.0, "um": 0.001, "": 1.0}
    if len(units) != 1 or not units <= known.keys():
        raise UnsupportedScanError("The NRRD file measures in units that are not known here.", cure="Save it in mm.")
    return np.array([[known[units.pop()]]] * 3 + [[1.0]])


def _vector(text: str) -> NDArray[np.float64]:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) != 3:
        raise UnreadableFileError("A direction in the NRRD header is no vector of three numbers.", cure=_CURE)
    return np.array(values)


def dtype_of(fields: dict[str, str]) -> np.dtype[Any]:
    """The type of the voxels with its byte order."""
    name = fields.get("type", "").lower()
    order = ">" if fields.get("endian", "little").lower() == "big" else "<"
    for code, names in _DTYPES.items():
        if name in names:
            return np.dtype(order + code)
    raise UnsupportedScanError("The voxels are of a type that no CT has.", cure=_CURE)


def read_data(path: Path, fields: dict[str, str], header_bytes: int, wanted: int) -> bytes:
    """The `wanted` bytes of voxels, decompressed."""
    data_path = _data_path(path, fields)
    encoding = fields.get("encoding", "raw").lower()
    if int(fields.get("byte skip", "0") or 0) or int(fields.get("line skip", "0") or 0):
        raise UnsupportedScanError("The NRRD file skips bytes before its data.", cure=_CURE)
    if wanted > max(1, data_path.stat().st_size) * limits.MAX_GZIP_RATIO and encoding not in ("bzip2", "bz2"):
        raise HostileInputError(f"The header asks for {wanted / 1e6:.0f} MB, more than the file can hold.", cure=_CURE)
    with data_path.open("rb") as stream:
        stream.seek(header_bytes if data_path == path else 0)
        match encoding:
            case "raw":
                data = stream.read(wanted)
            case "gzip" | "gz":
                data = _inflate(zlib.decompressobj(wbits=47), stream.read(), wanted)
            case "bzip2" | "bz2":
                data = _inflate(bz2.BZ2Decompressor(), stream.read(), wanted)
            case _:
                raise UnsupportedScanError("The NRRD file is encoded in a way that is not read here.", cure=_CURE)
    if len(data) < wanted:
        raise UnreadableFileError("The NRRD file is truncated.", cure=_CURE)
    return data


def _inflate(decompressor: Any, data: bytes, wanted: int) -> bytes:
    """At most `wanted` bytes, whatever the stream would unfold to."""
    try:
        result: bytes = decompressor.decompress(data, wanted)
    except (zlib.error, OSError, EOFError) as error:
        raise UnreadableFileError("The compressed data of the NRRD file are damaged.", cure=_CURE) from error
    return result


def _data_path(path: Path, fields: dict[str, str]) -> Path:
    """The file with the voxels: this one, or a plain name beside the header."""
    name = fields.get("data file", fields.get("datafile"))
    if name is None:
        return path
    if "/" in name or "\\" in name or name in (".", "..") or "\0" in name:
        raise HostileInputError("The NRRD header points outside its own folder.", cure="Keep .nhdr and data together.")
    data_path = path.with_name(name)
    if " " in name or name == "LIST" or not data_path.is_file() or data_path.is_symlink():
        raise UnreadableFileError("The data file that the NRRD header names is not beside it.", cure=_CURE)
    return data_path


def write_nrrd(path: Path, array: NDArray[Any], geometry: VolumeGeometry) -> None:
    """Writes a volume as gzip NRRD in LPS millimetres.

    Args:
        path: ends in .nrrd.
        array: (k, j, i) bool, uint8, int16, uint16, int32 or float32.
        geometry: where the voxels lie.

    Raises:
        ValueError: a dtype that is not written here, or a shape that does not fit the geometry.
    """
    voxels = array.astype(np.uint8) if array.dtype == bool else array
    if voxels.dtype.name not in _NAME_OF_DTYPE or voxels.shape != geometry.shape_kji:
        raise ValueError(f"cannot write {voxels.dtype} {voxels.shape} on {geometry.shape_kji} as NRRD")
    axes = " ".join(written_vector(axis) for axis in geometry.lps_from_ijk[:3, :3].T)
    lines = [
        "NRRD0004",
        f"type: {_NAME_OF_DTYPE[voxels.dtype.name]}",
        "dimension: 3",
        "space: left-posterior-superior",
        f"sizes: {' '.join(str(n) for n in geometry.shape_kji[::-1])}",
        f"space directions: {axes}",
        "kinds: domain domain domain",
        "endian: little",
        "encoding: gzip",
        f"space origin: {written_vector(geometry.origin_lps_mm)}",
    ]
    compressor = zlib.compressobj(level=4, wbits=31)
    with path.open("wb") as stream:
        stream.write(("\n".join(lines) + "\n\n").encode("ascii"))
        for plane in voxels:
            stream.write(compressor.compress(np.ascontiguousarray(plane, plane.dtype.newbyteorder("<")).tobytes()))
        stream.write(compressor.flush())


def written_vector(vector: NDArray[np.float64]) -> str:
    """A vector as NRRD writes it."""
    return f"({','.join(repr(float(value)) for value in vector)})"
