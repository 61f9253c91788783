"""A cut laid flat, and the liver taken apart along the plan: asked for by one person, answered to them alone.

Pictures and meshes are passing assets: their hashes are in these messages, their bytes come over the asset socket, and
the server keeps them no longer than it needs to. The asset of a sheet is little-endian, plane after plane, rows from
the top: int16 Hounsfield units, uint16 margin (hundredths of a mm; 65535: none), uint16 flags (`SHEET_FLAGS`), then
int16 x, y, z of every pixel in hundredths of a mm from `origin_lps_mm` (-32768: nothing there).
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from streaming.protocol.base import BranchNumber, Identifier, PointLps, Revision, Sha256, VesselTree, WireModel
from streaming.protocol.sentences import Spoken

SHEET_FLAGS: Final = {
    "in_liver": 1,
    "bounds_remnant": 2,
    "tumour_shadow": 4,
    "tumour": 8,
    "portal_vein": 16,
    "hepatic_vein": 32,
    "vena_cava": 64,
}
"""In the liver, where the remnant begins, before or behind a tumour, and which structure the cut goes through."""


class AskResectogram(WireModel):
    """Asks for a resection of the committed plan laid flat; a newer question of the same person replaces it."""

    type: Literal["resectogram.ask"] = "resectogram.ask"
    request_id: Identifier
    resection_id: Identifier


class AskParts(WireModel):
    """Asks for the liver in two parts, as closed meshes; a newer question of the same person replaces it."""

    type: Literal["parts.ask"] = "parts.ask"
    request_id: Identifier


class CancelParts(WireModel):
    """The parts are no longer wanted."""

    type: Literal["parts.cancel"] = "parts.cancel"
    request_id: Identifier


class SheetVessel(WireModel):
    """A vessel that crosses the cut; `branch` is null where the case has no vessel trees."""

    title: str
    tree: VesselTree
    branch: BranchNumber | None
    calibre_mm: float
    u_mm: float
    v_mm: float
    position_lps_mm: PointLps


class SheetTumour(WireModel):
    """A tumour near the cut, in words: how it lies to the plan."""

    title: str
    status: Literal["resected", "remnant", "crossed"]
    margin_mm: float | None


class ResectogramSheet(WireModel):
    """One cut surface laid flat; u grows to the right, v upwards, the first pixel is the top left.

    `lengths_percent`: by how much lengths in the picture are too short and too long. `near_areas_mm2`: area of the cut
    within 1, 5 and 10 mm of a tumour. `off_cut_mm`: how near the picture's surface follows a territory's voxels.
    """

    asset: Sha256
    columns: Annotated[int, Field(ge=2, le=2048)]
    rows: Annotated[int, Field(ge=1, le=2048)]
    step_mm: float
    first_u_mm: float
    first_v_mm: float
    origin_lps_mm: PointLps
    viewer_lps: tuple[float, float, float]
    edges: tuple[str, str, str, str]
    cut_area_mm2: float
    least_margin_mm: float | None
    near_areas_mm2: tuple[float, float, float]
    lengths_percent: tuple[float, float]
    off_cut_mm: float
    whole: bool
    vessels: tuple[SheetVessel, ...]
    tumours: tuple[SheetTumour, ...]


class Resectogram(WireModel):
    """Answer to `resectogram.ask`: the sheets of the resection as it is at `revision`, the largest first."""

    type: Literal["resectogram"] = "resectogram"
    request_id: Identifier
    revision: Revision
    resection_id: Identifier
    sheets: Annotated[tuple[ResectogramSheet, ...], Field(min_length=1)]


class ResectogramFailed(Spoken):
    """The resection has no picture, and why."""

    type: Literal["resectogram.failed"] = "resectogram.failed"
    request_id: Identifier


class PartsProgress(WireModel):
    """The parts are being cut."""

    type: Literal["parts.progress"] = "parts.progress"
    request_id: Identifier
    fraction: Annotated[float, Field(ge=0.0, le=1.0)]


class PartAsset(WireModel):
    """One side of one structure as a closed surface."""

    structure: Identifier
    side: Literal["resected", "remnant"]
    asset: Sha256
    bytes: int
    triangles: int
    volume_ml: float


class Parts(WireModel):
    """Answer to `parts.ask`; `apart_lps` is the unit direction in which the resected part is drawn out."""

    type: Literal["parts"] = "parts"
    request_id: Identifier
    revision: Revision
    apart_lps: tuple[float, float, float]
    parts: tuple[PartAsset, ...]


class PartsEnded(Spoken):
    """There are no parts: cancelled, or why not."""

    type: Literal["parts.ended"] = "parts.ended"
    request_id: Identifier
    code: Literal["cancelled", "failed"]
