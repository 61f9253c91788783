"""A surface as a grid of triangles, and where they cross voxel rows."""

from engine.resection.surface.raster.surface_rows import surface_rows

__all__ = ["surface_rows"]
