"""What every message is made of: the strict base model, named values, and the constants of the two sockets."""

from __future__ import annotations

import struct
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeAliasType

PROTOCOL_VERSION: Final = 5
FIRST_PLAN_ID: Final = "plan-1"
"""The plan that every case has from the start, and to which all resections of older logs belong."""
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
BranchNumber = TypeAliasType("BranchNumber", Annotated[int, Field(ge=1, le=65535)])
SegmentValue = TypeAliasType("SegmentValue", Annotated[int, Field(ge=1, le=255)])
Role = TypeAliasType("Role", Literal["viewer", "editor", "owner"])
Detail = TypeAliasType("Detail", Literal["full", "half"])
VesselTree = TypeAliasType("VesselTree", Literal["portal", "hepatic"])
