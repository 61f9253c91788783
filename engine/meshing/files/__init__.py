"""Surfaces in the files that other software reads, in patient millimetres (LPS), the frame stated in each."""

from engine.meshing.files.named_surface import NamedSurface
from engine.meshing.files.obj import write_obj, write_obj_materials
from engine.meshing.files.ply import write_ply
from engine.meshing.files.stl import write_stl
from engine.meshing.files.three_mf import write_3mf

__all__ = ["NamedSurface", "write_3mf", "write_obj", "write_obj_materials", "write_ply", "write_stl"]
