"""Normals of vertices, and whether triangles turn over when their corners move."""

from engine.meshing.shading.normals import turns_over, vertex_normals

__all__ = ["turns_over", "vertex_normals"]
