"""Synthetic scans with known answers: analytic bodies for tests and a procedural abdomen for the demo."""
