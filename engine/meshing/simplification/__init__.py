"""Edge collapses that keep a surface closed and manifold, down a chain of triangle counts."""
