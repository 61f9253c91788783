"""What each voxel of the liver belongs to: its portal branch, its hepatic vein branch, its Couinaud segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.volume import VoxelBox


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A Couinaud segment of the catalogue.

    Attributes:
        value: its value in `LiverMap.segment`, 1 to 9.
        name: stable identifier, e.g. "segment_4a".
        title: what a person reads, e.g. "IVa".
        snomed: SNOMED CT concept id.
        colour: "#rrggbb" (sRGB).
    """

    value: int
    name: str
    title: str
    snomed: str
    colour: str


SEGMENTS: Final[tuple[Segment, ...]] = (
    Segment(value=1, name="segment_1", title="I", snomed="71133005", colour="#8c8c8c"),
    Segment(value=2, name="segment_2", title="II", snomed="277956007", colour="#4e79a7"),
    Segment(value=3, name="segment_3", title="III", snomed="277957003", colour="#76b7b2"),
    Segment(value=4, name="segment_4a", title="IVa", snomed="871688003", colour="#59a14f"),
    Segment(value=5, name="segment_4b", title="IVb", snomed="871689006", colour="#8cd17d"),
    Segment(value=6, name="segment_5", title="V", snomed="277959000", colour="#edc948"),
    Segment(value=7, name="segment_6", title="VI", snomed="277960005", colour="#f28e2b"),
    Segment(value=8, name="segment_7", title="VII", snomed="277961009", colour="#e15759"),
    Segment(value=9, name="segment_8", title="VIII", snomed="277962002", colour="#b07aa1"),
)
"""Couinaud I to VIII with IVa (superior) and IVb (inferior); `SEGMENTS[n - 1].value == n`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LiverMap:
    """Per-voxel anatomy of the liver, cropped to its box on the scan's own grid.

    Attributes:
        box: where the arrays lie in the (k, j, i) grid of the scan.
        portal_branch: (k, j, i) uint16 number of the portal branch that supplies the voxel, 0 outside the liver or
            where there is no portal tree.
        hepatic_branch: (k, j, i) uint16 number of the hepatic vein branch that drains it, 0 likewise.
        segment: (k, j, i) uint8 value of the Couinaud segment, 0 outside the liver.
        uncertain: (k, j, i) uint8, 255 where branch or segment are a guess, 0 where they are sure: the voxel lies
            far from every vessel seen, or two territories claim it almost alike.
    """

    box: VoxelBox
    portal_branch: NDArray[np.uint16]
    hepatic_branch: NDArray[np.uint16]
    segment: NDArray[np.uint8]
    uncertain: NDArray[np.uint8]

    def __post_init__(self) -> None:
        shape = tuple(part.stop - part.start for part in self.box)
        for array in (self.portal_branch, self.hepatic_branch, self.segment, self.uncertain):
            if array.shape != shape:
                raise ValueError(f"an array of shape {array.shape} does not fit the box {shape}")
