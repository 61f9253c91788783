"""Normals of vertices, and whether triangles turn over when their corners move."""

from engine.meshing.shading.normals import turns_over, vertex_normals, warm_up

__all__ = ["turns_over", "vertex_normals", "warm_up"]
