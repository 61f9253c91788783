"""NIfTI files (.nii, .nii.gz): read one volume, write one volume."""

from __future__ import annotations

import gzip
import io
import math
import struct
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import HostileInputError, UnreadableFileError
from engine.geometry import LPS_FROM_RAS, VolumeGeometry
from engine.imaging import limits
from engine.imaging.nifti_header import NiftiHeader, header_length, parse_header
from engine.imaging.stored_volume import StoredVolume, check_size, checked_geometry

_TRUNCATED = "The NIfTI file is truncated or damaged."
_CURE = "Copy or export the file again."
_CODE_OF_DTYPE: Final = {"uint8": 2, "int16": 4, "int32": 8, "float32": 16, "uint16": 512}
_SCANNER_ANATOMICAL: Final = 1
_MM_AND_SECONDS: Final = 2 | 8


def read_nifti(path: Path) -> StoredVolume:
    """Reads a 3D NIfTI file.

    Raises:
        ScanError: every leaf of it that a file can deserve; see `parse_header` and `checked_geometry`.
    """
    file_bytes = path.stat().st_size
    if file_bytes == 0:
        raise UnreadableFileError("The file is empty (0 bytes).", cure=_CURE)
    try:
        with path.open("rb") as raw:
            compressed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            with gzip.GzipFile(fileobj=raw) if compressed else raw as stream:
                return _read_stream(stream, file_bytes, compressed=compressed)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableFileError(_TRUNCATED, cure=_CURE) from error


def _read_stream(stream: gzip.GzipFile | io.BufferedReader, file_bytes: int, *, compressed: bool) -> StoredVolume:
    start = stream.read(4)
    length, _ = header_length(start)
    header = parse_header(start + stream.read(length - 4))
    dtype = np.dtype(header.dtype)
    check_size(header.shape_ijk, dtype.itemsize)
    wanted = math.prod(header.shape_ijk) * dtype.itemsize
    _check_promise(header, wanted, file_bytes, compressed=compressed)
    geometry = checked_geometry(header.shape_ijk[::-1], header.lps_from_ijk)
    stream.read(header.data_offset - length)
    data = stream.read(wanted)
    if len(data) < wanted:
        raise UnreadableFileError(_TRUNCATED, cure=_CURE)
    if compressed:
        stream.read(1)  # reaching the end makes gzip compare its checksum
    # NIfTI stores i fastest, so C order of the reversed shape is (k, j, i).
    stored = np.frombuffer(data, dtype=dtype).reshape(header.shape_ijk[::-1])
    return StoredVolume(
        stored=stored,
        slope=header.slope,
        intercept=header.intercept,
        geometry=geometry,
        warnings=header.warnings,
    )


def _check_promise(header: NiftiHeader, wanted: int, file_bytes: int, *, compressed: bool) -> None:
    """Refuses a header that promises more than the file can hold, before memory is asked for."""
    if not compressed and file_bytes < header.data_offset + wanted:
        raise UnreadableFileError(_TRUNCATED, cure=_CURE)
    if compressed and wanted > file_bytes * limits.MAX_GZIP_RATIO:
        raise HostileInputError(
            f"The header asks for {wanted / 1e6:.0f} MB, more than the compressed file can hold.", cure=_CURE
        )
    if header.data_offset > 16 * 1024**2:
        raise HostileInputError("The NIfTI header puts the voxels absurdly far into the file.", cure=_CURE)


def write_nifti(path: Path, array: NDArray[Any], geometry: VolumeGeometry) -> None:
    """Writes a volume as NIfTI-1, compressed where the name ends in .gz; the axes are stored as they are.

    The qform is exact for right-angled axes, which every VolumeGeometry read by Cantlie has; the sform carries
    the matrix itself. Bool becomes uint8.

    Args:
        path: ends in .nii or .nii.gz.
        array: (k, j, i) bool, uint8, int16, uint16, int32 or float32.
        geometry: where the voxels lie.

    Raises:
        ValueError: a dtype NIfTI readers would not expect, or a shape that does not fit the geometry.
    """
    voxels = array.astype(np.uint8) if array.dtype == bool else array
    if voxels.dtype.name not in _CODE_OF_DTYPE:
        raise ValueError(f"cannot write {voxels.dtype} as NIfTI")
    if voxels.shape != geometry.shape_kji:
        raise ValueError(f"array {voxels.shape} does not fit geometry {geometry.shape_kji}")
    header = _header_bytes(voxels.dtype, geometry)
    with path.open("wb") as raw:
        if path.name.endswith(".gz"):
            # No file name and no time in the gzip header: names can be patients' and equal input gives equal bytes.
            with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=4, mtime=0) as stream:
                _write_stream(stream, header, voxels)
        else:
            _write_stream(raw, header, voxels)


def _write_stream(stream: gzip.GzipFile | io.BufferedWriter, header: bytes, voxels: NDArray[Any]) -> None:
    stream.write(header)
    stream.write(bytes(4))  # no extensions
    for plane in voxels:
        stream.write(np.ascontiguousarray(plane, dtype=plane.dtype.newbyteorder("<")).tobytes())


def _header_bytes(dtype: np.dtype[Any], geometry: VolumeGeometry) -> bytes:
    ras_from_ijk = LPS_FROM_RAS @ geometry.lps_from_ijk
    quaternion, handedness = _quaternion(ras_from_ijk[:3, :3] / geometry.spacing_ijk_mm)
    header = bytearray(348)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *geometry.shape_kji[::-1], 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, _CODE_OF_DTYPE[dtype.name], dtype.itemsize * 8)
    struct.pack_into("<8f", header, 76, handedness, *geometry.spacing_ijk_mm, 0, 0, 0, 0)
    struct.pack_into("<3f", header, 108, 352, 1, 0)
    header[123] = _MM_AND_SECONDS
    struct.pack_into("<2h", header, 252, _SCANNER_ANATOMICAL, _SCANNER_ANATOMICAL)
    struct.pack_into("<6f", header, 256, *quaternion, *ras_from_ijk[:3, 3])
    struct.pack_into("<12f", header, 280, *ras_from_ijk[:3].ravel())
    header[344:348] = b"n+1\0"
    return bytes(header)


def _quaternion(axes: NDArray[np.float64]) -> tuple[tuple[float, float, float], float]:
    """((b, c, d), handedness) of orthonormal RAS axes; the third axis is flipped where they are left-handed."""
    handedness = 1.0 if np.linalg.det(axes) > 0 else -1.0
    r = axes * [1.0, 1.0, handedness]
    # The eigenvector of the largest eigenvalue is the quaternion; stable for every rotation (Bar-Itzhack 2000).
    k = (
        np.array(
            [
                [r[0, 0] + r[1, 1] + r[2, 2], r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]],
                [r[2, 1] - r[1, 2], r[0, 0] - r[1, 1] - r[2, 2], r[0, 1] + r[1, 0], r[0, 2] + r[2, 0]],
                [r[0, 2] - r[2, 0], r[0, 1] + r[1, 0], r[1, 1] - r[0, 0] - r[2, 2], r[1, 2] + r[2, 1]],
                [r[1, 0] - r[0, 1], r[0, 2] + r[2, 0], r[1, 2] + r[2, 1], r[2, 2] - r[0, 0] - r[1, 1]],
            ]
        )
        / 3.0
    )
    a, b, c, d = np.linalg.eigh(k)[1][:, -1]
    sign = 1.0 if a >= 0 else -1.0
    return (float(b * sign), float(c * sign), float(d * sign)), handedness
