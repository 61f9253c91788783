"""Centre lines of the liver's vessels with their radii."""
