"""Pictures of plans where no client made any: the liver with the cuts, and each cut laid flat with its margins."""

from __future__ import annotations

import base64
import io
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.errors import PlanError, StorageError
from engine.resection.plan import ResectionPlan
from streaming.assets.scene_manifest import open_scene
from streaming.minutes.content import Picture
from streaming.planning.engine_resection import engine_resection
from streaming.planning.poster import still_of_plan

if TYPE_CHECKING:
    from engine.case import Case
    from engine.resection import PlanEvaluator
    from engine.still import Still
    from streaming.protocol import ResectionState, SceneManifest
    from streaming.replay.past import Past

_FLAT_PIXELS: Final = 320
_QUALITY: Final = 86
_GROUND_RGB: Final = (16, 22, 28)
"""As the client's: its colours are made for it."""


def drawn_pictures(case: Case, past: Past) -> dict[str, tuple[Picture, ...]]:
    """By plan: as a client opens on it, and its cuts laid flat. Blocks, for seconds a plan.

    Raises:
        CaseError: a file of the case is damaged.
    """
    from engine.resection import PlanEvaluator

    labels, trees, liver_map = case.labels(), case.vessel_trees(), case.liver_map()
    evaluator = PlanEvaluator(labels, trees=trees, liver_map=liver_map, probability=case.probability())
    scene = _scene(case)
    plan = past.at(past.revision)
    pictures: dict[str, tuple[Picture, ...]] = {}
    for one in plan.shown_plans:
        resections = plan.resections_of(one.plan_id)
        try:
            views = () if scene is None else _view(case, scene, evaluator, resections, one.name)
            pictures[one.plan_id] = (*views, *_flat(case, resections, one.name))
        except PlanError:  # that it makes no plan is said in its place in the document
            continue
    return pictures


def _scene(case: Case) -> SceneManifest | None:
    """What can be shown; None where it has never been prepared, and the case's folder may not be written."""
    try:
        return open_scene(case)[0]
    except StorageError:
        return None


def _view(
    case: Case, scene: SceneManifest, evaluator: PlanEvaluator, resections: tuple[ResectionState, ...], name: str
) -> tuple[Picture, ...]:
    still = still_of_plan(case, scene, evaluator, resections)
    if still is None:
        return ()
    caption = f"{name}: from the front, what is taken out drawn faint"
    return (Picture(media_type="image/jpeg", base64=_jpeg(still), caption=caption),)


def _jpeg(still: Still) -> str:
    from PIL import Image

    drawn = Image.fromarray(still.rgba, "RGBA")
    whole = Image.new("RGBA", drawn.size, (*_GROUND_RGB, 255))
    whole.alpha_composite(drawn)
    file = io.BytesIO()
    whole.convert("RGB").save(file, "JPEG", quality=_QUALITY)
    return base64.b64encode(file.getvalue()).decode("ascii")


def _flat(case: Case, resections: tuple[ResectionState, ...], name: str) -> tuple[Picture, ...]:
    from streaming.planning.resectogram_panels import panels_of, write_picture

    cut = ResectionPlan(resections=tuple(engine_resection(one) for one in resections))
    panels = panels_of(case, cut, range(1, len(cut.resections) + 1), pixels=_FLAT_PIXELS)
    if not panels:
        return ()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flat.png"
        write_picture(panels, path)
        encoded = base64.b64encode(path.read_bytes()).decode("ascii")
    return (Picture(media_type="image/png", base64=encoded, caption=f"{name}: the cut laid flat, with its margins"),)
