"""Every message on the wire, once. The TypeScript types are generated from here (`make protocol`).

Two sockets on one port. The *control* socket (`/ws/control`) carries JSON text frames: the messages below.
The *asset* socket (`/ws/assets`) carries JSON requests from the client and binary chunks from the server:
a 16-byte little-endian header (`ASSET_CHUNK_HEADER`: request id, offset, total bytes, reserved), then bytes.
The server never has more than the client's credit in flight. Requests it cannot serve are answered by a JSON
text frame (`AssetServerMessage`). Over HTTP: `GET /api/cases` answers `CaseList`,
`GET /api/invite` answers `Invite`.

Points are LPS millimetres, matrices row-major 4 x 4. Numbers are finite; unknown fields are refused and nothing is
converted (the text "1" is no number).
"""

from __future__ import annotations

import struct
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from typing_extensions import TypeAliasType

PROTOCOL_VERSION: Final = 1
NOTICE: Final = "Research use, not a medical device"
ASSET_CHUNK_HEADER: Final = struct.Struct("<IIII")
ASSET_CHUNK_BYTES: Final = 64 * 1024
ASSET_CREDIT_BYTES: Final = 256 * 1024


class WireModel(BaseModel):
    """Base of everything on the wire: frozen, no unknown fields, no NaN or infinity, no conversions."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


# Named aliases, so that the generated TypeScript says `Identifier` and not `string`.
Coordinate = TypeAliasType("Coordinate", Annotated[float, Field(ge=-1e5, le=1e5)])
PointLps = TypeAliasType("PointLps", tuple[Coordinate, Coordinate, Coordinate])
Identifier = TypeAliasType(
    "Identifier", Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
)
Revision = TypeAliasType("Revision", Annotated[int, Field(ge=0)])
Sha256 = TypeAliasType("Sha256", Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")])
Device = TypeAliasType("Device", Literal["desktop", "tablet", "headset"])


# ---- values -----------------------------------------------------------------------------------------------------


class PlaneResectionState(WireModel):
    """A planar resection; the side the normal points to is resected."""

    resection_id: Identifier
    kind: Literal["plane"] = "plane"
    point_lps_mm: PointLps
    normal_lps: PointLps


class PersonState(WireModel):
    """Somebody in the session; `holding` is the resection they are dragging."""

    client_id: Identifier
    display_name: Annotated[str, Field(max_length=40)]
    colour: str
    device: Device
    holding: Identifier | None


class StructureVolume(WireModel):
    """Volumes of one structure under the plan, millilitres."""

    name: str
    total_ml: float
    resected_ml: float
    remnant_ml: float


class TumourMargin(WireModel):
    """Smallest distance from the tumour to the cut, mm; null when the plan has no cut surface."""

    tumour: str
    minimum_mm: float | None
    status: Literal["resected", "remnant", "crossed"]


class VesselCrossing(WireModel):
    """Where the cut goes through a vessel."""

    structure: str
    position_lps_mm: PointLps
    diameter_mm: float


class PlanNumbers(WireModel):
    """What a person decides on. `vessels_crossed` is null while dragging when it was not computed."""

    volumes: tuple[StructureVolume, ...]
    flr_percent: float | None
    flr_denominator: str
    flr_tumour_free_percent: float | None
    margins: tuple[TumourMargin, ...]
    margin_uncertainty_mm: float
    vessels_crossed: tuple[VesselCrossing, ...] | None
    notice: Literal["Research use, not a medical device"] = NOTICE


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


class VolumeAsset(WireModel):
    """A 3D texture: `asset` is a zlib stream (`DecompressionStream("deflate")`) of uint8, i fastest, then j, then k.

    For `ct`: HU = value_low + value / 255 * (value_high - value_low). For distance fields: mm by the same map,
    negative inside. For `segments`: the `value` of a `SegmentAsset`, 0 far from the liver; never to be interpolated.
    `lps_from_ijk` maps the centre of sample (i, j, k).
    """

    name: Literal["ct", "liver_distance", "tumour_distance", "segments"]
    asset: Sha256
    bytes: int
    shape_ijk: tuple[int, int, int]
    lps_from_ijk: tuple[float, ...] = Field(min_length=16, max_length=16)
    value_low: float
    value_high: float


class SegmentAsset(WireModel):
    """A Couinaud segment; `uncertain_ml` of its volume is a guess."""

    value: Annotated[int, Field(ge=1, le=255)]
    name: str
    title: str
    snomed: str
    colour: str
    volume_ml: float
    uncertain_ml: float


class SceneManifest(WireModel):
    """All that can be shown of a case. `segments` is empty and `variants` says nothing where no map was made."""

    case_id: Identifier
    title: str
    structures: tuple[StructureAsset, ...]
    volumes: tuple[VolumeAsset, ...]
    segments: tuple[SegmentAsset, ...]
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


class Invite(WireModel):
    """Answer of `GET /api/invite`: a link that lets others in, access key included.

    `qr_svg` is null where no other device can reach the link; `note` says what to expect.
    """

    url: str
    qr_svg: str | None
    reach: Literal["this_computer", "network"]
    note: str


# ---- client to server, control ----------------------------------------------------------------------------------


class Hello(WireModel):
    """First message on the control socket. `client_id` with the `resume_token` of its `welcome` resumes it."""

    type: Literal["hello"] = "hello"
    protocol_version: int
    case_id: Identifier
    display_name: Annotated[str, Field(max_length=40)] = ""
    device: Device = "desktop"
    client_id: Identifier | None = None
    resume_token: Annotated[str, Field(max_length=128)] = ""


class PreviewResection(WireModel):
    """The hand moved: never logged. `sequence` grows per client; numbers come back with it."""

    type: Literal["resection.preview"] = "resection.preview"
    sequence: Annotated[int, Field(ge=0)]
    resection: PlaneResectionState


class CancelPreview(WireModel):
    """The drag was cancelled: everybody goes back to the committed resection."""

    type: Literal["resection.cancel"] = "resection.cancel"
    resection_id: Identifier


class CommitResection(WireModel):
    """Creates or changes a resection. Rejected as stale if `base_revision` is older than its last change by another."""

    type: Literal["resection.commit"] = "resection.commit"
    operation_id: Identifier
    base_revision: Revision
    resection: PlaneResectionState


class RemoveResection(WireModel):
    """Deletes a resection."""

    type: Literal["resection.remove"] = "resection.remove"
    operation_id: Identifier
    base_revision: Revision
    resection_id: Identifier


class Ping(WireModel):
    """Measures the round trip; echoed as `pong`."""

    type: Literal["ping"] = "ping"
    sent_ms: float


ClientMessage = Annotated[
    Hello | PreviewResection | CancelPreview | CommitResection | RemoveResection | Ping, Field(discriminator="type")
]

# ---- server to client, control ----------------------------------------------------------------------------------


class Welcome(WireModel):
    """Answer to `hello`; `asset_token` opens the asset socket, `resume_token` proves the client id after a drop."""

    type: Literal["welcome"] = "welcome"
    protocol_version: int
    client_id: Identifier
    asset_token: str
    resume_token: str
    colour: str
    notice: Literal["Research use, not a medical device"] = NOTICE


class Scene(WireModel):
    """The scene to show."""

    type: Literal["scene"] = "scene"
    manifest: SceneManifest


class PlanState(WireModel):
    """The whole committed plan at a revision; replaces what the client had."""

    type: Literal["plan"] = "plan"
    revision: Revision
    resections: tuple[PlaneResectionState, ...]


class People(WireModel):
    """Everybody in the session."""

    type: Literal["people"] = "people"
    people: tuple[PersonState, ...]


class ResectionPreviewed(WireModel):
    """Another person's hand moved."""

    type: Literal["resection.previewed"] = "resection.previewed"
    client_id: Identifier
    sequence: int
    resection: PlaneResectionState


class PreviewCancelled(WireModel):
    """A drag ended: show what is committed. After a commit it follows the new plan."""

    type: Literal["resection.cancelled"] = "resection.cancelled"
    client_id: Identifier
    resection_id: Identifier


class Numbers(WireModel):
    """The answer to a plan. For a preview, `preview_by` and `sequence` say which; for a commit both are null."""

    type: Literal["numbers"] = "numbers"
    revision: Revision
    preview_by: Identifier | None
    sequence: int | None
    numbers: PlanNumbers


class Committed(WireModel):
    """The operation is durable; it produced `revision`."""

    type: Literal["committed"] = "committed"
    operation_id: Identifier
    revision: Revision


class Rejected(WireModel):
    """An operation or preview was refused; the `plan` that holds is sent after it."""

    type: Literal["rejected"] = "rejected"
    operation_id: Identifier | None
    code: Literal["stale", "held", "invalid", "unknown_resection", "not_saved"]
    message: str
    cure: str


class Fault(WireModel):
    """The server refuses the connection or the message; the socket is closed if `fatal`."""

    type: Literal["fault"] = "fault"
    code: str
    message: str
    cure: str
    fatal: bool


class Pong(WireModel):
    """Echo of `ping`."""

    type: Literal["pong"] = "pong"
    sent_ms: float


ServerMessage = Annotated[
    Welcome
    | Scene
    | PlanState
    | People
    | ResectionPreviewed
    | PreviewCancelled
    | Numbers
    | Committed
    | Rejected
    | Fault
    | Pong,
    Field(discriminator="type"),
]

# ---- client to server, assets -----------------------------------------------------------------------------------


class AssetHello(WireModel):
    """First message on the asset socket."""

    type: Literal["asset.hello"] = "asset.hello"
    asset_token: str


class AssetRequest(WireModel):
    """Asks for an asset from `offset` on; a lower `priority` number comes first and may be sent again to change it."""

    type: Literal["asset.request"] = "asset.request"
    request_id: Annotated[int, Field(ge=1, le=0xFFFFFFFF)]
    asset: Sha256
    offset: Annotated[int, Field(ge=0)] = 0
    priority: float = 0.0


class AssetCancel(WireModel):
    """The asset is no longer wanted."""

    type: Literal["asset.cancel"] = "asset.cancel"
    request_id: int


class AssetCredit(WireModel):
    """The client consumed so many payload bytes and can take as many more."""

    type: Literal["asset.credit"] = "asset.credit"
    bytes: Annotated[int, Field(ge=1, le=16 * 1024 * 1024)]


# ---- server to client, assets (text frames; the bytes themselves are binary chunks) --------------------------------


class AssetRefused(WireModel):
    """A request cannot be served; no chunk follows for it."""

    type: Literal["asset.refused"] = "asset.refused"
    request_id: int
    code: Literal["unknown_asset", "bad_offset", "too_many_requests"]
    message: str
    cure: str


AssetMessage = Annotated[AssetHello | AssetRequest | AssetCancel | AssetCredit, Field(discriminator="type")]
AssetServerMessage = Annotated[AssetRefused | Fault, Field(discriminator="type")]

CLIENT_MESSAGE: Final[TypeAdapter[ClientMessage]] = TypeAdapter(ClientMessage)
SERVER_MESSAGE: Final[TypeAdapter[ServerMessage]] = TypeAdapter(ServerMessage)
ASSET_MESSAGE: Final[TypeAdapter[AssetMessage]] = TypeAdapter(AssetMessage)
ASSET_SERVER_MESSAGE: Final[TypeAdapter[AssetServerMessage]] = TypeAdapter(AssetServerMessage)
