"""Closed, manifold surfaces of structures with levels of detail. Importing this stays light: no Open3D, no numba."""

from engine.meshing.budgets import MeshBudgets
from engine.meshing.files import write_stl
from engine.meshing.levels import build_mesh_levels
from engine.meshing.quality import SurfaceReport, surface_report
from engine.meshing.surfaces import FinestSurface, build_surfaces

__all__ = [
    "FinestSurface",
    "MeshBudgets",
    "SurfaceReport",
    "build_mesh_levels",
    "build_surfaces",
    "surface_report",
    "write_stl",
]
