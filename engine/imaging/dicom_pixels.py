"""The pixels of one DICOM slice in Hounsfield units."""

from __future__ import annotations

import warnings
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import UnreadableFileError, UnsupportedScanError
from engine.imaging.dicom_headers import SliceHeader
from engine.imaging.hounsfield import AIR_HU, plane_to_hounsfield

_BYTE_ORDER_OF_UNCOMPRESSED: Final = {
    "1.2.840.10008.1.2": "<",
    "1.2.840.10008.1.2.1": "<",
    "1.2.840.10008.1.2.1.99": "<",
    "1.2.840.10008.1.2.2": ">",
}


def read_slice_hu(header: SliceHeader, number: int, count: int) -> NDArray[np.int16]:
    """(j, i) int16 HU of a slice; padding becomes air.

    Args:
        header: the slice.
        number: its place in the stack, from 1, for messages.
        count: slices in the stack, for messages.

    Raises:
        UnreadableFileError: the pixels are missing, truncated or cannot be decoded.
        UnsupportedScanError: bits that no CT has.
    """
    try:
        if header.transfer_syntax in _BYTE_ORDER_OF_UNCOMPRESSED:
            return _scaled(header, _uncompressed(header))
        return _decoded(header)
    except (UnreadableFileError, UnsupportedScanError):
        raise
    # Decoders of hostile data may raise anything; the person learns which slice it was.
    except Exception as error:
        raise UnreadableFileError(
            f"The pixels of slice {number} of {count} are truncated or damaged.",
            cure="Copy or export the series again.",
        ) from error


def _uncompressed(header: SliceHeader) -> NDArray[Any]:
    import pydicom

    if header.bits_allocated not in (8, 16, 32):
        raise UnsupportedScanError(
            f"The images store {header.bits_allocated} bits a pixel, which no CT does.", cure="Export the series again."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(header.path, force=True, specific_tags=["PixelData"])
        data = bytes(dataset["PixelData"].value)
    order = _BYTE_ORDER_OF_UNCOMPRESSED[header.transfer_syntax]
    dtype = np.dtype(f"{order}{'i' if header.is_signed else 'u'}{header.bits_allocated // 8}")
    count = header.rows * header.columns
    if len(data) < count * dtype.itemsize:
        raise ValueError("truncated")
    return _stored_bits(np.frombuffer(data, dtype=dtype, count=count).reshape(header.rows, header.columns), header)


def _stored_bits(pixels: NDArray[Any], header: SliceHeader) -> NDArray[Any]:
    """Clears what lies above the stored bits: old scanners kept overlays there (PS3.5 section 8.1.1)."""
    unused = header.bits_allocated - header.bits_stored
    if unused <= 0 or header.bits_stored < 1:
        return pixels
    native = pixels.astype(pixels.dtype.newbyteorder("="))
    return (native << unused) >> unused


def _scaled(header: SliceHeader, stored: NDArray[Any]) -> NDArray[np.int16]:
    hu = plane_to_hounsfield(stored, header.slope, header.intercept)
    if header.padding is not None:
        # The padding value is written as signed or unsigned whatever the pixels are; compare bit patterns.
        mask = (1 << header.bits_allocated) - 1
        hu[(stored.astype(np.int64) & mask) == (header.padding & mask)] = AIR_HU
    return hu


def _decoded(header: SliceHeader) -> NDArray[np.int16]:
    """Compressed transfer syntaxes, through GDCM in SimpleITK, which also rescales."""
    import SimpleITK

    reader = SimpleITK.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileName(str(header.path))
    plane = SimpleITK.GetArrayFromImage(reader.Execute())
    hu = plane_to_hounsfield(plane.reshape(header.rows, header.columns), 1.0, 0.0)
    if header.padding is not None:
        hu[hu == round(header.padding * header.slope + header.intercept)] = AIR_HU
    return hu
