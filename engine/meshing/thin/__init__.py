"""Thin structures: smoothing without losing them."""
