"""Masks thinned to curves, for the skeleton of the vessels and for the scores along it alike."""
