"""The poster of a case, kept beside it: the page of a case shows one at once, also after the server was started anew.

One file a case, in its folder of assets, written anew when the scene or the plan changes. It says what it shows: the
scene's source and the newest operation of the plan's log, so that one of another scene or plan is never shown. A poster
fits every window and both looks (`streaming/planning/poster.py`), so that neither is part of this.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING, Final

from pydantic import Base64Bytes, Field, ValidationError

from engine.case import SESSION_FOLDER
from engine.errors import CaseCorruptError
from streaming.assets.kept_scene import scene_source
from streaming.assets.scene_manifest import ASSETS_FOLDER
from streaming.planning.planning_case import FIRST_OPERATION, LOG_FILE
from streaming.planning.poster import POSTER_VERSION, Poster
from streaming.protocol import WireModel
from streaming.session.operation_log import newest_operation

if TYPE_CHECKING:
    from engine.case import Case

POSTER_FILE: Final = "poster.json"
_MOST_BYTES: Final = 2 * 1024 * 1024


class _KeptPoster(WireModel):
    shows: str
    columns: int = Field(ge=1, le=16384)
    rows: int = Field(ge=1, le=16384)
    tall: float
    image: Base64Bytes


def what_is_shown(case: Case, revision: int | None = None) -> str | None:
    """Names the scene of a case and its plan as they are on disk; blocks.

    Args:
        case: whose.
        revision: of the plan that is meant; the newest by default.

    Returns:
        A digest; None where the log cannot be read or has gone on since that revision.
    """
    try:
        newest = newest_operation(case.path / SESSION_FOLDER / LOG_FILE) or FIRST_OPERATION
    except CaseCorruptError:
        return None
    if revision is not None and newest[0] != revision:
        return None
    text = "\n".join((f"{POSTER_VERSION}", scene_source(case), f"{newest[0]}", newest[1]))
    return hashlib.sha256(text.encode()).hexdigest()


def read_poster(case: Case, shows: str | None) -> Poster | None:
    """The kept poster if it shows this; blocks. None where there is none, or one that is damaged."""
    path = case.path / ASSETS_FOLDER / POSTER_FILE
    with contextlib.suppress(OSError, ValidationError):
        if shows is not None and path.stat().st_size <= _MOST_BYTES:
            kept = _KeptPoster.model_validate_json(path.read_bytes())
            if kept.shows == shows and kept.image.startswith(b"RIFF"):
                return Poster(image=kept.image, columns=kept.columns, rows=kept.rows, tall=kept.tall)
    return None


def keep_poster(case: Case, shows: str, poster: Poster) -> None:
    """Keeps the poster in place of an earlier one; blocks. Where that may not be written it is drawn anew next time."""
    folder = case.path / ASSETS_FOLDER
    kept = _KeptPoster.model_construct(
        shows=shows, columns=poster.columns, rows=poster.rows, tall=poster.tall, image=poster.image
    )
    with contextlib.suppress(OSError):
        folder.mkdir(exist_ok=True)
        unfinished = folder / f".{POSTER_FILE}.{os.getpid()}.part"
        unfinished.write_text(kept.model_dump_json(), encoding="utf-8")
        unfinished.replace(folder / POSTER_FILE)
