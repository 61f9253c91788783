"""From a field on a grid to its closed, manifold surface."""
