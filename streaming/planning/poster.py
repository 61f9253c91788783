"""The picture that a case's page shows until the browser has drawn its own: the same scene, from the same place.

It is drawn from the coarsest level of every structure, as a client's first picture is, cut by the plan that a newcomer
sees. There is nothing in it but what is on screen a moment later: no text, no metadata.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from engine.anatomy import LIVER
from streaming.planning.engine_resection import engine_resection
from streaming.protocol import ResectionState, SceneManifest, StructureAsset

if TYPE_CHECKING:
    from engine.case import Case
    from engine.resection import PlanEvaluator
    from engine.still import Still, StillSurface
    from engine.still.picture import Resected
    from streaming.planning.planning_case import PlanningCase

ROWS: Final = 640
"""Pixels of the window's height; larger windows show it a little soft for a moment."""
MEDIA_TYPE: Final = "image/webp"
POSTER_VERSION: Final = 1
"""To be raised when the same scene and plan would be drawn in another way: kept posters are drawn anew."""
_QUALITY: Final = 78
_ALPHA_QUALITY: Final = 50
_HIDDEN: Final = frozenset({"body", "lungs", "bones"})
_OPAQUE_NEIGHBOURS: Final = frozenset({"inferior_vena_cava", "gallbladder"})
_ORGAN_OPACITY: Final = 0.45
_NEIGHBOUR_OPACITY: Final = 0.22


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """The picture.

    Attributes:
        image: WebP with transparency; the page's own background shines through.
        columns: its width in pixels.
        rows: its height in pixels.
        tall: its height in heights of the window; it stands in the window's middle.
    """

    image: bytes
    columns: int
    rows: int
    tall: float


def make_poster(opened: PlanningCase, resections: tuple[ResectionState, ...]) -> Poster | None:
    """Draws the scene with a plan; blocks. None where nothing is shown.

    Args:
        opened: the case.
        resections: of the plan.

    Raises:
        CaseCorruptError: a file of the case is damaged.
        PlanError: the resections make no plan in this case.
    """
    still = still_of_plan(opened.case, opened.manifest, opened.evaluator, resections)
    return None if still is None else _packed(still)


def still_of_plan(
    case: Case, scene: SceneManifest, evaluator: PlanEvaluator, resections: tuple[ResectionState, ...]
) -> Still | None:
    """The scene with a plan as a client opens on it; blocks. None where nothing is shown.

    Args:
        case: the case.
        scene: what can be shown of it.
        evaluator: answers plans of it.
        resections: of the plan.

    Raises:
        CaseCorruptError: a file of the case is damaged.
        PlanError: the resections make no plan in this case.
    """
    from engine.still import draw_still, home_view

    shown = [one for one in scene.structures if one.levels and opacity_at_first(one) > 0]
    if not shown:
        return None
    liver = next((one for one in scene.structures if one.name == LIVER.name), None)
    bounds = scene.bounds_lps_mm if liver is None else liver.bounds_lps_mm
    surfaces = [_surface(case, one) for one in shown]
    return draw_still(surfaces, home_view(np.array(bounds)), ROWS, _resected(evaluator, resections))


def opacity_at_first(structure: StructureAsset) -> float:
    """As `defaultAppearance` in `headset_client/src/scene/appearance.ts` says it; 0 is hidden."""
    if structure.name == LIVER.name:
        return _ORGAN_OPACITY
    if structure.lies_in_liver or structure.name in _OPAQUE_NEIGHBOURS:
        return 1.0
    return 0.0 if structure.name in _HIDDEN else _NEIGHBOUR_OPACITY


def _surface(case: Case, structure: StructureAsset) -> StillSurface:
    from engine.meshing.shading import vertex_normals
    from engine.still import StillSurface

    mesh = case.mesh(structure.name, structure.levels[-1].level)
    is_organ = structure.name == LIVER.name
    return StillSurface(
        vertices_lps_mm=mesh.vertices_lps_mm,
        normals_lps=vertex_normals(mesh.vertices_lps_mm.astype(np.float64), mesh.faces),
        faces=mesh.faces,
        colour=structure.colour,
        opacity=opacity_at_first(structure),
        is_organ=is_organ,
        is_cut=(is_organ or structure.lies_in_liver) and not structure.name.startswith("tumour_"),
    )


def _resected(evaluator: PlanEvaluator, resections: tuple[ResectionState, ...]) -> Resected | None:
    from engine.resection.plan import ResectionPlan

    if not resections:
        return None
    plan = ResectionPlan(resections=tuple(engine_resection(one) for one in resections))
    sides = evaluator.sides(plan)

    def resected(points_lps_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
        return sides.signed(points_lps_mm) > 0

    return resected


def _packed(still: Still) -> Poster:
    from PIL import Image

    rows, columns = still.rgba.shape[:2]
    image = io.BytesIO()
    Image.fromarray(still.rgba, "RGBA").save(image, "WEBP", quality=_QUALITY, alpha_quality=_ALPHA_QUALITY, method=4)
    return Poster(image=image.getvalue(), columns=columns, rows=rows, tall=still.tall)
