"""Where a grid of triangles crosses voxel rows."""
