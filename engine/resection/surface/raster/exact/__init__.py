"""What decides where triangles cannot: the surface's own function at a voxel's centre."""
