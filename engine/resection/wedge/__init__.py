"""Wedges: their sides, their voxel rows, and how to make one around a tumour."""
