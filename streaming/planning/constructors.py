"""Makes the resections that people wish for, so that every client gets the same one. Call it off the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import numpy as np

from engine.errors import PlanError
from engine.resection.plan import Resection, TerritoryResection
from engine.sentences import say
from streaming.planning.engine_resection import resection_state
from streaming.protocol import AroundTumour, OfTerritory, ResectionState, SceneManifest, ThroughLine
from streaming.session.effects import Construction

if TYPE_CHECKING:
    from streaming.planning.planning_case import PlanningCase


def make_resection(opened: PlanningCase, wish: Construction) -> ResectionState:
    """The resection, under the id that was wished for.

    Raises:
        PlanError: it cannot be made from this.
    """
    return resection_state(wish.resection_id, _made(opened, wish))


def _made(opened: PlanningCase, wish: Construction) -> Resection:
    match wish:
        case ThroughLine():
            return opened.evaluator.surface_through_line(np.array(wish.points_lps_mm))
        case AroundTumour():
            return opened.evaluator.wedge_around(wish.tumour, margin_mm=wish.margin_mm, shape=wish.shape)
        case OfTerritory():
            return _territory(opened.manifest, wish)
        case _:
            assert_never(wish)


def _territory(manifest: SceneManifest, wish: OfTerritory) -> TerritoryResection:
    named: tuple[int, ...] = ()
    if wish.name is not None:
        choice = next((one for one in manifest.territories if one.name == wish.name), None)
        if choice is None:
            raise PlanError(say("no_such_territory"))
        named = choice.segments
    return TerritoryResection(segments=(*wish.segments, *named), portal_branches=wish.portal_branches)
