"""Surfaces without stairs that enclose what they should."""
