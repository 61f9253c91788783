"""Cuts closed surfaces into closed parts with a cap. Importing this stays light: no manifold3d, no Open3D."""

from engine.meshing.cutting.apart import way_apart_lps, with_sharp_edge
from engine.meshing.cutting.cut import CutMesh, CutPart, CuttableMesh, Cutter
from engine.meshing.cutting.shapes import ClosedSolid, CutShape, HalfSpace
from engine.meshing.cutting.solids import cone_solid, height_field_solid, spheroid_solid
from engine.meshing.cutting.voxel_set import voxel_set_solid

__all__ = [
    "ClosedSolid",
    "CutMesh",
    "CutPart",
    "CutShape",
    "CuttableMesh",
    "Cutter",
    "HalfSpace",
    "cone_solid",
    "height_field_solid",
    "spheroid_solid",
    "voxel_set_solid",
    "way_apart_lps",
    "with_sharp_edge",
]
