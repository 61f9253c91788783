"""Where a surface crosses voxel rows: by triangles, bent as it is, and by its own function where they leave doubt."""

from engine.resection.surface.raster.surface_rows import surface_rows

__all__ = ["surface_rows"]
