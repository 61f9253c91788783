"""Pictures of plans where no client made any: the cuts laid flat, with margins and vessels on them."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.errors import PlanError
from engine.resection.plan import ResectionPlan
from streaming.minutes.content import Picture
from streaming.planning.engine_resection import engine_resection

if TYPE_CHECKING:
    from engine.case import Case
    from streaming.replay.past import Past

_PIXELS: Final = 320


def flat_pictures(case: Case, past: Past) -> dict[str, tuple[Picture, ...]]:
    """By plan; plans without a cut that can be laid flat have none."""
    from streaming.planning.resectogram_panels import panels_of, write_picture

    plan = past.at(past.revision)
    pictures: dict[str, tuple[Picture, ...]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flat.png"
        for one in plan.shown_plans:
            try:
                cut = ResectionPlan(
                    resections=tuple(engine_resection(each) for each in plan.resections_of(one.plan_id))
                )
                panels = panels_of(case, cut, range(1, len(cut.resections) + 1), pixels=_PIXELS)
            except PlanError:
                continue
            if not panels:
                continue
            write_picture(panels, path)
            encoded = base64.b64encode(path.read_bytes()).decode("ascii")
            caption = f"{one.name}: the cut laid flat, with its margins"
            pictures[one.plan_id] = (Picture(media_type="image/png", base64=encoded, caption=caption),)
    return pictures
