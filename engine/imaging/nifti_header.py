"""The NIfTI-1 and NIfTI-2 header: sizes, type, scaling, units, and where the voxels lie.

Read here rather than by a library: a hostile header meets only these lines, and the choice between qform
and sform is made in the open. Fields and codes: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h
and nifti2.h.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import SliceGeometryError, UnreadableFileError, UnsupportedScanError
from engine.geometry import LPS_FROM_RAS

NIFTI1_BYTES: Final = 348
NIFTI2_BYTES: Final = 540

DTYPE_OF_CODE: Final = {
    2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8",
}  # fmt: skip
_COLOUR_CODES: Final = (128, 2304)
_MM_PER_UNIT: Final = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
_DISAGREEMENT_MM: Final = 0.5
_DISAGREEMENT_RADIANS: Final = 1e-3
"""A quaternion in 32-bit floats is this coarse near half turns, which is what axes along L and P are."""

_CURE: Final = "Export the scan again, or give the DICOM folder itself."


@dataclass(frozen=True, slots=True, kw_only=True)
class NiftiHeader:
    """What the header says.

    Attributes:
        shape_ijk: voxels along i, j, k.
        dtype: numpy dtype string with byte order.
        data_offset: first byte of the voxels.
        slope: scale of the stored numbers; 1 where the header does not scale.
        intercept: offset of the stored numbers.
        lps_from_ijk: (4, 4) float64, millimetres.
        warnings: sentences for the person.
    """

    shape_ijk: tuple[int, int, int]
    dtype: str
    data_offset: int
    slope: float
    intercept: float
    lps_from_ijk: NDArray[np.float64]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    """The raw fields that both versions share."""

    dim: tuple[int, ...]
    datatype: int
    pixdim: tuple[float, ...]
    data_offset: int
    slope: float
    intercept: float
    units: int
    qform_code: int
    sform_code: int
    quaternion: tuple[float, float, float]
    offset: tuple[float, float, float]
    srow: tuple[float, ...]
    magic: bytes


def header_length(first_bytes: bytes) -> tuple[int, str]:
    """(length of the header in bytes, byte order "<" or ">") from the first 4 bytes.

    Raises:
        UnreadableFileError: no NIfTI.
    """
    for order in "<>":
        if len(first_bytes) >= 4:
            length = struct.unpack(order + "i", first_bytes[:4])[0]
            if length in (NIFTI1_BYTES, NIFTI2_BYTES):
                return length, order
    raise UnreadableFileError("The file is not NIfTI, whatever its name says.", cure=_CURE)


def parse_header(data: bytes) -> NiftiHeader:
    """Reads a header.

    Args:
        data: the 348 or 540 bytes of the header.

    Raises:
        UnreadableFileError: truncated or not NIfTI.
        UnsupportedScanError: 2D, several volumes, colour, complex, or without orientation.
        SliceGeometryError: qform and sform put the voxels at different places.
    """
    length, order = header_length(data)
    if len(data) < length:
        raise UnreadableFileError("The NIfTI file ends inside its header.", cure=_CURE)
    fields = _nifti1_fields(data, order) if length == NIFTI1_BYTES else _nifti2_fields(data, order)
    if fields.magic[:3] not in (b"n+1", b"n+2"):
        raise UnreadableFileError("The NIfTI header has no voxels in the same file.", cure="Give one .nii or .nii.gz.")
    shape = _shape_ijk(fields)
    lps_from_ijk, warnings = _placement(fields, shape)
    scaled = np.isfinite(fields.slope) and fields.slope != 0
    return NiftiHeader(
        shape_ijk=shape,
        dtype=order + _dtype(fields.datatype),
        data_offset=max(fields.data_offset, length),
        slope=fields.slope if scaled else 1.0,
        intercept=fields.intercept if scaled and np.isfinite(fields.intercept) else 0.0,
        lps_from_ijk=lps_from_ijk,
        warnings=warnings,
    )


def _nifti1_fields(data: bytes, order: str) -> _Fields:
    offset = struct.unpack_from(order + "f", data, 108)[0]
    return _Fields(
        dim=struct.unpack_from(order + "8h", data, 40),
        datatype=struct.unpack_from(order + "h", data, 70)[0],
        pixdim=struct.unpack_from(order + "8f", data, 76),
        data_offset=int(offset) if np.isfinite(offset) else 0,
        slope=struct.unpack_from(order + "f", data, 112)[0],
        intercept=struct.unpack_from(order + "f", data, 116)[0],
        units=data[123],
        qform_code=struct.unpack_from(order + "h", data, 252)[0],
        sform_code=struct.unpack_from(order + "h", data, 254)[0],
        quaternion=struct.unpack_from(order + "3f", data, 256),
        offset=struct.unpack_from(order + "3f", data, 268),
        srow=struct.unpack_from(order + "12f", data, 280),
        magic=data[344:348],
    )


def _nifti2_fields(data: bytes, order: str) -> _Fields:
    return _Fields(
        dim=struct.unpack_from(order + "8q", data, 16),
        datatype=struct.unpack_from(order + "h", data, 12)[0],
        pixdim=struct.unpack_from(order + "8d", data, 104),
        data_offset=struct.unpack_from(order + "q", data, 168)[0],
        slope=struct.unpack_from(order + "d", data, 176)[0],
        intercept=struct.unpack_from(order + "d", data, 184)[0],
        units=struct.unpack_from(order + "i", data, 500)[0],
        qform_code=struct.unpack_from(order + "i", data, 344)[0],
        sform_code=struct.unpack_from(order + "i", data, 348)[0],
        quaternion=struct.unpack_from(order + "3d", data, 352),
        offset=struct.unpack_from(order + "3d", data, 376),
        srow=struct.unpack_from(order + "12d", data, 400),
        magic=data[4:8],
    )


def _shape_ijk(fields: _Fields) -> tuple[int, int, int]:
    rank = fields.dim[0]
    if not 1 <= rank <= 7:
        raise UnreadableFileError("The NIfTI header gives an impossible number of dimensions.", cure=_CURE)
    sizes = [*fields.dim[1 : rank + 1], 1, 1][: max(rank, 3)]
    if any(size > 1 for size in sizes[3:]):
        raise UnsupportedScanError(
            f"The file holds {max(sizes[3:])} volumes.",
            cure="Give one phase as a 3D volume (portal venous for a liver).",
        )
    return sizes[0], sizes[1], sizes[2]


def _dtype(code: int) -> str:
    if code in _COLOUR_CODES:
        raise UnsupportedScanError("The image is in colour, not CT.", cure="Give the CT volume, not a screenshot.")
    if code not in DTYPE_OF_CODE:
        raise UnsupportedScanError("The voxels are of a type that no CT has.", cure=_CURE)
    return DTYPE_OF_CODE[code]


def _placement(fields: _Fields, shape_ijk: tuple[int, int, int]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """(lps_from_ijk in mm, warnings). The sform wins where both exist, as long as they agree."""
    qform = _qform_ras(fields) if fields.qform_code > 0 else None
    sform = np.vstack([np.reshape(fields.srow, (3, 4)), [0, 0, 0, 1]]) if fields.sform_code > 0 else None
    chosen = sform if sform is not None else qform
    if chosen is None:
        raise UnsupportedScanError(
            "The NIfTI file does not say how the patient lies in it (qform and sform codes are 0): "
            "left and right cannot be told apart.",
            cure="Convert the original DICOM series again, or give the DICOM folder itself.",
        )
    scale = np.diag([*[_MM_PER_UNIT.get(fields.units & 0x07, 1.0)] * 3, 1.0])
    if sform is not None and qform is not None:
        apart_mm = _largest_distance(scale @ sform, scale @ qform, shape_ijk)
        extent_mm = float(np.linalg.norm(np.abs((scale @ sform)[:3, :3]).max(axis=0) * shape_ijk))
        if not apart_mm <= _DISAGREEMENT_MM + _DISAGREEMENT_RADIANS * extent_mm:
            raise SliceGeometryError(
                f"The two placements in the NIfTI header (qform and sform) put voxels {apart_mm:.1f} mm apart.",
                cure="Keep the right one only, or give the original DICOM folder.",
            )
    return LPS_FROM_RAS @ scale @ chosen, _spacing_warnings(fields, chosen)


def _spacing_warnings(fields: _Fields, ras_from_ijk: NDArray[np.float64]) -> tuple[str, ...]:
    spacing = np.linalg.norm(ras_from_ijk[:3, :3], axis=0)
    declared = np.abs(fields.pixdim[1:4])
    if fields.qform_code <= 0 and not np.allclose(spacing, declared, rtol=0.01, atol=1e-6):
        return ("The voxel sizes in the NIfTI header (pixdim) differ from its sform; the sform is used.",)
    return ()


def _qform_ras(fields: _Fields) -> NDArray[np.float64]:
    """(4, 4) RAS from indices, method 2 of nifti1.h."""
    b, c, d = fields.quaternion
    a = np.sqrt(max(0.0, 1.0 - (b * b + c * c + d * d)))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    handedness = -1.0 if fields.pixdim[0] < 0 else 1.0
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * (np.array(fields.pixdim[1:4]) * [1.0, 1.0, handedness])
    matrix[:3, 3] = fields.offset
    return matrix


def _largest_distance(
    first: NDArray[np.float64], second: NDArray[np.float64], shape_ijk: tuple[int, int, int]
) -> float:
    corners = np.array([[i, j, k, 1] for i in (0, 1) for j in (0, 1) for k in (0, 1)], dtype=np.float64)
    corners[:, :3] *= np.array(shape_ijk) - 1
    with np.errstate(all="ignore"):
        return float(np.linalg.norm(corners @ (first - second).T, axis=1).max())
