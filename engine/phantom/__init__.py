"""Synthetic scans with known answers: analytic bodies for tests and a procedural abdomen for the demo.

The names below are imported on first use, so that importing the package stays quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.phantom.phantom import Phantom, make_phantom, sample_labels, sample_tissue
    from engine.phantom.recipe import PhantomRecipe
    from engine.phantom.truth import PhantomTruth
    from engine.phantom.writing import PhantomWriters, write_phantom

__all__ = [
    "Phantom",
    "PhantomRecipe",
    "PhantomTruth",
    "PhantomWriters",
    "make_phantom",
    "sample_labels",
    "sample_tissue",
    "write_phantom",
]

_HOME = {
    "Phantom": "phantom",
    "make_phantom": "phantom",
    "sample_labels": "phantom",
    "sample_tissue": "phantom",
    "PhantomRecipe": "recipe",
    "PhantomTruth": "truth",
    "PhantomWriters": "writing",
    "write_phantom": "writing",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
