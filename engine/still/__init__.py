"""Stills of a scene, drawn by the processor as a client's first frame draws it."""

from engine.still.picture import Still, StillSurface, draw_still, warm_up
from engine.still.view import StillView, home_view

__all__ = ["Still", "StillSurface", "StillView", "draw_still", "home_view", "warm_up"]
