"""Outlines in thick slices and the ramps between them."""
