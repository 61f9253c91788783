"""Distances from points to a triangle surface."""
