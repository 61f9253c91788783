"""Thinning of a vessel mask to curves that stay tied to the vena cava."""
