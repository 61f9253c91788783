"""What can be shown of a case: structures, 3D textures, and the anatomy that resections are made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from streaming.protocol.base import (
    NOTICE,
    BranchNumber,
    Detail,
    Identifier,
    PointLps,
    SegmentValue,
    Sha256,
    VesselTree,
    WireModel,
)
from streaming.protocol.sentences import Sentence, kept_sentence


class MeshLevelAsset(WireModel):
    """One level of detail; level 0 is the finest. `asset` is the sha256 of the GLB."""

    level: int
    asset: Sha256
    bytes: int
    triangles: int
    error_mm: float


class StructureAsset(WireModel):
    """A structure of the scene with its levels, finest first; `longest_axial_mm` is measured on tumours."""

    name: str
    title: str
    snomed: str
    colour: str
    lies_in_liver: bool
    volume_ml: float
    longest_axial_mm: float | None
    bounds_lps_mm: tuple[PointLps, PointLps]
    levels: tuple[MeshLevelAsset, ...]


class VolumeSlab(WireModel):
    """The slices `first_k` to `first_k + slices` of a volume: `asset` is a zlib stream of its own."""

    first_k: Annotated[int, Field(ge=0)]
    slices: Annotated[int, Field(ge=1)]
    asset: Sha256
    bytes: int


class VolumeAsset(WireModel):
    """A 3D texture in slabs: zlib streams (`DecompressionStream("deflate")`), i fastest, then j, then k.

    The slabs are in order, without gaps, and make up the shape; inflated each has about a megabyte at most. `ct`
    comes twice: `full` with the scan's own samples, `half` with half as many in each slice, for headsets and
    tablets. Everything else comes once, as `full`.

    A sample has `bytes_per_sample`: 1, or 2 with the low byte first (an RG8 texture: value = R + 256 G).
    For `ct`: HU = value_low + value / 255 * (value_high - value_low). For distance fields: mm by the same map,
    negative inside. For `segments`: the `value` of a `SegmentAsset`; for `portal_branches` and `hepatic_branches`:
    the `number` of a `BranchAsset`; 0 far from the liver or of no branch; all three never to be interpolated.
    `lps_from_ijk` maps the centre of sample (i, j, k).
    """

    name: Literal["ct", "liver_distance", "tumour_distance", "segments", "portal_branches", "hepatic_branches"]
    detail: Detail
    slabs: Annotated[tuple[VolumeSlab, ...], Field(min_length=1)]
    bytes_per_sample: Literal[1, 2]
    shape_ijk: tuple[int, int, int]
    lps_from_ijk: tuple[float, ...] = Field(min_length=16, max_length=16)
    value_low: float
    value_high: float


class SegmentAsset(WireModel):
    """A Couinaud segment; `uncertain_ml` of its volume is a guess."""

    value: SegmentValue
    name: str
    title: str
    snomed: str
    colour: str
    volume_ml: float
    uncertain_ml: float


class BranchAsset(WireModel):
    """A branch of a vessel tree.

    `parent` is the branch it leaves nearer to the root, null for a root; parents come first. `volume_ml` is the
    liver it serves itself, `territory_ml` that of all branches that leave it as well. `line_lps_mm` is its centre
    line from the root's side outwards, thinned to half a millimetre. `is_bridged`: part of it was not seen.
    """

    number: BranchNumber
    tree: VesselTree
    parent: BranchNumber | None
    name: str
    title: str
    colour: str
    calibre_mm: float
    volume_ml: float
    territory_ml: float
    confidence: Annotated[float, Field(ge=0.0, le=1.0)]
    is_bridged: bool
    line_lps_mm: tuple[PointLps, ...]


class TerritoryChoice(WireModel):
    """A resection with a name of its own (Brisbane 2000), for `resection.territory`."""

    name: Identifier
    title: str
    segments: tuple[SegmentValue, ...]
    volume_ml: float


class SceneManifest(WireModel):
    """All that can be shown of a case.

    `segments`, `branches` and `territories` are empty and `variants` says nothing where no map was made.
    """

    case_id: Identifier
    title: str
    structures: tuple[StructureAsset, ...]
    volumes: tuple[VolumeAsset, ...]
    segments: tuple[SegmentAsset, ...]
    branches: tuple[BranchAsset, ...]
    territories: tuple[TerritoryChoice, ...]
    variants: tuple[str, ...]
    focus_lps_mm: PointLps
    bounds_lps_mm: tuple[PointLps, PointLps]
    warnings: tuple[str, ...]


class CaseSummary(WireModel):
    """One row of the start page."""

    case_id: Identifier
    title: str
    created_at: str
    liver_ml: float | None
    tumour_count: int
    structure_count: int
    warnings: tuple[str, ...]
    warnings_said: tuple[Sentence | None, ...] = Field(
        default_factory=lambda told: tuple(kept_sentence(one) for one in told.get("warnings", ()))
    )


class BrokenCase(WireModel):
    """A case folder that cannot be opened, and what the person can do."""

    case_id: Identifier
    message: str
    cure: str


class CaseList(WireModel):
    """Answer of `GET /api/cases`."""

    cases: tuple[CaseSummary, ...]
    broken: tuple[BrokenCase, ...]
    notice: Literal["Research use, not a medical device"] = NOTICE
