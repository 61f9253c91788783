"""What the first picture of a case is drawn from, in one answer: scene, plan, and every structure's coarsest level.

The page names it in a header, so that a browser asks for it with its first breath and not after scripts and sockets.
The same comes over the sockets to who does not ask for it.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import struct
from dataclasses import dataclass
from typing import Final

from streaming.assets.store import AssetStore
from streaming.protocol import PROTOCOL_VERSION, PlanState, Scene, SceneManifest, WireModel

MEDIA_TYPE: Final = "application/octet-stream"
_TEXT_LENGTH: Final = struct.Struct("<I")
_CASE_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class OpeningText(WireModel):
    """The readable part of the answer.

    Attributes:
        protocol_version: of the messages.
        scene: as the control socket says it.
        plan: as the control socket says it.
        assets: names and bytes of what follows the text, in order.
    """

    protocol_version: int = PROTOCOL_VERSION
    scene: Scene
    plan: PlanState
    assets: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The answer.

    Attributes:
        body: four bytes with the text's length (little endian), the text (JSON), and the assets one after the other.
        compressed: the body as gzip; most of the text is names of its fields.
        tag: changes with the body.
    """

    body: bytes
    compressed: bytes
    tag: str


def pack_opening(manifest: SceneManifest, plan: PlanState, assets: AssetStore) -> Opening:
    """Puts the answer together.

    Args:
        manifest: what can be shown.
        plan: that everybody sees.
        assets: has every level of the manifest.
    """
    coarsest = dict.fromkeys(one.levels[-1].asset for one in manifest.structures if one.levels)
    pieces = {name: assets.read(name) for name in coarsest}
    text = OpeningText(
        scene=Scene(manifest=manifest),
        plan=plan,
        assets=tuple((name, len(piece)) for name, piece in pieces.items()),
    )
    head = text.model_dump_json().encode()
    # The assets are named by their content in the text.
    tag = f'"{hashlib.sha256(head).hexdigest()[:32]}"'
    body = b"".join([_TEXT_LENGTH.pack(len(head)), head, *pieces.values()])
    return Opening(body=body, compressed=gzip.compress(body, compresslevel=5, mtime=0), tag=tag)


def preload_of(case_id: str) -> str | None:
    """The page's Link header; None where nothing can be called so, and nothing may get into a header."""
    if _CASE_ID.fullmatch(case_id) is None:
        return None
    return f"</api/cases/{case_id}/opening>; rel=preload; as=fetch; crossorigin=anonymous"
