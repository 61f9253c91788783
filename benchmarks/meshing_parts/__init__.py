"""Parts of the meshing benchmark, each callable alone."""
