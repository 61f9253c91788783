"""Puts an anatomy on a grid: tissue codes and Hounsfield units per voxel."""
