"""A tumour's voxels as a tree of boxes, for the nearest of them to any point."""

from engine.resection.margin.tree.voxel_tree import VoxelTree

__all__ = ["VoxelTree"]
