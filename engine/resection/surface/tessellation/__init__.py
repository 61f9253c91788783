"""A continued surface as a grid of vertices, fine enough for its bends and wide enough for a box."""

from engine.resection.surface.tessellation.grid import SurfaceGrid, tessellated

__all__ = ["SurfaceGrid", "tessellated"]
