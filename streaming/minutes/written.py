"""The minutes that a person in a session asks for, with the pictures that their client made. Blocks."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from engine.errors import PlanError
from streaming.minutes.content import Picture
from streaming.minutes.gathering import Wanted, minutes_of
from streaming.minutes.html import html
from streaming.minutes.markdown import markdown
from streaming.planning.planning_case import PlanningCase
from streaming.protocol import MakeMinutes, MinutesPicture
from streaming.replay.archive import Archive

_SIGNATURES: Final = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}


def written_minutes(archive: Archive, opened: PlanningCase, wish: MakeMinutes, made_at: str) -> tuple[str, int]:
    """The document, and the revision of the log that it is made from.

    Args:
        archive: of the case's session.
        opened: the case.
        wish: format and pictures.
        made_at: ISO 8601 in UTC.

    Raises:
        CaseError: a file of the case is damaged.
        PlanError: what came as a picture is none.
    """
    past = archive.newest()
    names = {one.plan_id: one.name for one in past.at(past.revision).shown_plans}
    pictures: dict[str, tuple[Picture, ...]] = {}
    for one in wish.pictures:
        if one.plan_id in names:
            pictures[one.plan_id] = (_checked(one, names[one.plan_id]),)
    minutes = minutes_of(opened.case, past, Wanted(made_at=made_at, pictures=pictures))
    return (html(minutes) if wish.format == "html" else markdown(minutes)), minutes.revision


def _checked(picture: MinutesPicture, plan_name: str) -> Picture:
    try:
        content = base64.b64decode(picture.base64, validate=True)
    except binascii.Error:
        content = b""
    if not content.startswith(_SIGNATURES[picture.media_type]):
        raise PlanError("What came as a picture of a plan is none.", cure="Reload the page and make them again.")
    return Picture(media_type=picture.media_type, base64=picture.base64, caption=f"{plan_name}, as it was looked at")
