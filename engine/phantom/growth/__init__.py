"""Grows vessel trees inside an organ."""
