"""The asset socket: JSON requests up, binary chunks down, JSON text only where something cannot be served."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from streaming.protocol.base import Sha256, WireModel
from streaming.protocol.server import Fault


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


class AssetRefused(WireModel):
    """A request cannot be served; no chunk follows for it."""

    type: Literal["asset.refused"] = "asset.refused"
    request_id: int
    code: Literal["unknown_asset", "bad_offset", "too_many_requests"]
    message: str
    cure: str


AssetMessage = Annotated[AssetHello | AssetRequest | AssetCancel | AssetCredit, Field(discriminator="type")]
AssetServerMessage = Annotated[AssetRefused | Fault, Field(discriminator="type")]

ASSET_MESSAGE: Final[TypeAdapter[AssetMessage]] = TypeAdapter(AssetMessage)
ASSET_SERVER_MESSAGE: Final[TypeAdapter[AssetServerMessage]] = TypeAdapter(AssetServerMessage)
