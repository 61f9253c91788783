"""The cut laid flat: what a surgeon sees of a plan as one picture, and what lies at each place of it.

Light to import: kernels load with `ResectogramMaker` or `warm_up`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.resection.resectogram.maker import ResectogramMaker, warm_up
    from engine.resection.resectogram.resectogram import Resectogram

__all__ = ["Resectogram", "ResectogramMaker", "warm_up"]


def __getattr__(name: str) -> object:
    if name in {"ResectogramMaker", "warm_up"}:
        from engine.resection.resectogram import maker

        return getattr(maker, name)
    if name == "Resectogram":
        from engine.resection.resectogram.resectogram import Resectogram

        return Resectogram
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
