"""3D Slicer segmentations (.seg.nrrd): read with layers, names and terminology; written so that Slicer opens them.

Format: https://slicer.readthedocs.io/en/latest/developer_guide/modules/segmentations.html
("Segmentation file format"): a NRRD whose key/value pairs SegmentN_Name, SegmentN_LabelValue, SegmentN_Layer and
SegmentN_Tags describe the segments; where segments overlap there is a leading "list" axis with one layer each.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import Structure, is_tumour
from engine.errors import HostileInputError, UnreadableFileError
from engine.imaging.nrrd import dtype_of, grid_of, read_data, read_header, written_vector
from engine.imaging.segment import Segment, StoredSegments
from engine.imaging.stored_volume import check_size, checked_geometry
from engine.volume import LabelVolume, box_of

_CURE: Final = "Save it again in 3D Slicer."
_MOST_SEGMENTS: Final = 1024
_MOST_LAYERS: Final = 128
_PAIR: Final = re.compile(r"Segment(\d{1,6})_(Name|LabelValue|Layer|Tags|ID):=(.*)")
_MAX_HEADER_BYTES: Final = 256 * 1024


def is_seg_nrrd(path: Path) -> bool:
    """Whether a NRRD file describes segments of 3D Slicer."""
    return path.name.lower().endswith((".nrrd", ".nhdr")) and bool(_segment_fields(path))


def read_seg_nrrd(path: Path) -> StoredSegments:
    """Reads a Slicer segmentation; masks are on its own grid, which Slicer crops to what is drawn.

    Raises:
        UnreadableFileError: truncated, or segments without a label value.
        ScanError: see `read_nrrd`.
    """
    fields, header_bytes = read_header(path)
    sizes = fields.get("sizes", "").split()
    layers = int(sizes[0]) if len(sizes) == 4 and sizes[0].isdecimal() else 1
    if not 1 <= layers <= _MOST_LAYERS:
        raise HostileInputError(f"The segmentation has {layers} layers.", cure=_CURE)
    if len(sizes) == 4:
        fields = {**fields, "sizes": " ".join(sizes[1:])}
    shape_ijk, lps_from_ijk = grid_of(fields)
    dtype = dtype_of(fields)
    check_size(shape_ijk, dtype.itemsize * layers)
    geometry = checked_geometry((shape_ijk[2], shape_ijk[1], shape_ijk[0]), lps_from_ijk)
    data = read_data(path, fields, header_bytes, math.prod(shape_ijk) * dtype.itemsize * layers)
    # The list axis is the fastest in the file, hence the last here.
    voxels = np.frombuffer(data, dtype=dtype).reshape((*geometry.shape_kji, layers))
    segments = [_segment(number, one, voxels) for number, one in sorted(_segment_fields(path).items())]
    return StoredSegments(segments=tuple(segments), geometry=geometry)


def _segment_fields(path: Path) -> dict[int, dict[str, str]]:
    """Segment number -> its key/value pairs."""
    with path.open("rb") as stream:
        start = stream.read(_MAX_HEADER_BYTES)
    if not start.startswith(b"NRRD000"):
        return {}
    found: dict[int, dict[str, str]] = {}
    for line in re.split(rb"\r?\n\r?\n", start, maxsplit=1)[0].decode("utf-8", "replace").splitlines():
        if (pair := _PAIR.fullmatch(line.strip())) is not None:
            found.setdefault(int(pair.group(1)), {})[pair.group(2)] = pair.group(3)
    if len(found) > _MOST_SEGMENTS:
        raise HostileInputError(f"The segmentation has {len(found)} segments.", cure=_CURE)
    return found


def _segment(number: int, pairs: dict[str, str], voxels: NDArray[np.generic]) -> Segment:
    try:
        value, layer = int(pairs.get("LabelValue", "")), int(pairs.get("Layer", "0"))
    except ValueError as error:
        raise UnreadableFileError("A segment has no label value.", cure=_CURE) from error
    if not 0 <= layer < voxels.shape[-1]:
        raise UnreadableFileError("A segment lies in a layer that is not there.", cure=_CURE)

    def mask() -> NDArray[np.bool_]:
        return np.asarray(voxels[..., layer] == value)

    kind, modifiers, region = _terminology(pairs.get("Tags", ""))
    return Segment(number=number, name=pairs.get("Name", ""), mask=mask, kind=kind, modifiers=modifiers, region=region)


def _terminology(tags: str) -> tuple[str, tuple[str, ...], str]:
    """(type, modifiers, region) codes of a tag "TerminologyEntry:context~category~type~modifier~anatomic ..."."""
    entry = next((tag for tag in tags.split("|") if tag.startswith("TerminologyEntry:")), "")
    parts = entry.split("~")
    codes = [part.split("^")[1] if part.count("^") >= 1 else "" for part in parts] + [""] * 7
    return codes[2], tuple(code for code in (codes[3], codes[6]) if code), codes[5]


def write_seg_nrrd(path: Path, labels: LabelVolume, structures: Sequence[Structure]) -> None:
    """Writes structures as a Slicer segmentation: one layer where they do not overlap, several where they do.

    Args:
        path: ends in .seg.nrrd.
        labels: the label map.
        structures: what becomes a segment; their masks may overlap (the liver holds its tumours).
    """
    layers = _layers_of(structures)
    count = max(layers, default=0) + 1
    values = _values_of(layers)
    axes = " ".join(written_vector(axis) for axis in labels.geometry.lps_from_ijk[:3, :3].T)
    shape_ijk = " ".join(str(n) for n in labels.geometry.shape_kji[::-1])
    several = count > 1
    lines = [
        "NRRD0004",
        "type: uint8",
        f"dimension: {4 if several else 3}",
        "space: left-posterior-superior",
        f"sizes: {f'{count} ' if several else ''}{shape_ijk}",
        f"space directions: {'none ' if several else ''}{axes}",
        f"kinds: {'list ' if several else ''}domain domain domain",
        "encoding: gzip",
        f"space origin: {written_vector(labels.geometry.origin_lps_mm)}",
    ]
    for number, structure in enumerate(structures):
        lines += _described(number, structure, layers[number], values[number], labels)
    lines += [
        "Segmentation_MasterRepresentation:=Binary labelmap",
        "Segmentation_ContainedRepresentationNames:=Binary labelmap|",
    ]
    tables = np.zeros((256, count), dtype=np.uint8)
    for structure, layer, value in zip(structures, layers, values, strict=True):
        tables[list(structure.label_values), layer] = value
    compressor = zlib.compressobj(level=4, wbits=31)
    with path.open("wb") as stream:
        stream.write(("\n".join(lines) + "\n\n").encode("utf-8"))
        for plane in labels.labels:
            stream.write(compressor.compress(np.ascontiguousarray(tables[plane]).tobytes()))
        stream.write(compressor.flush())


def _layers_of(structures: Sequence[Structure]) -> list[int]:
    """The first layer where a structure shares no label value with those already there."""
    taken: list[set[int]] = []
    layers = []
    for structure in structures:
        own = set(structure.label_values)
        layer = next((n for n, values in enumerate(taken) if not values & own), len(taken))
        if layer == len(taken):
            taken.append(set())
        taken[layer] |= own
        layers.append(layer)
    return layers


def _values_of(layers: Sequence[int]) -> list[int]:
    """Label values, from 1 in each layer."""
    return [layers[: n + 1].count(layer) for n, layer in enumerate(layers)]


def _described(number: int, structure: Structure, layer: int, value: int, labels: LabelVolume) -> list[str]:
    red, green, blue = (int(structure.colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    box = box_of(labels.mask_of(structure.label_values))
    extent = "0 -1 0 -1 0 -1" if box is None else " ".join(f"{side.start} {side.stop - 1}" for side in box[::-1])
    start = f"Segment{number}_"
    return [
        f"{start}ID:={structure.name}",
        f"{start}Name:={structure.name}",
        f"{start}Color:={red:.4f} {green:.4f} {blue:.4f}",
        f"{start}LabelValue:={value}",
        f"{start}Layer:={layer}",
        f"{start}Extent:={extent}",
        f"{start}Tags:={_tags(structure)}|",
    ]


def _tags(structure: Structure) -> str:
    category = (
        "49755003^Morphologically Altered Structure" if is_tumour(structure) else "123037004^Anatomical Structure"
    )
    kind = f"SCT^{structure.snomed}^{structure.title}" if structure.snomed else "SCT^85756007^Tissue"
    region = "SCT^10200004^Liver" if is_tumour(structure) else "^^"
    return (
        f"TerminologyEntry:Segmentation category and type - DICOM master list~SCT^{category}~{kind}~^^"
        f"~Anatomic codes - DICOM master list~{region}~^^"
    )
