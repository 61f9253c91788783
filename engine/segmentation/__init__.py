"""Segmentation by the shipped networks. Torch is imported only when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.segmentation.segmentation import Segmentation, segment

__all__ = ["Segmentation", "segment"]


def __getattr__(name: str) -> Any:
    """Imports the networks' code when it is first asked for (PEP 562), so that the server starts without torch."""
    if name in __all__:
        from engine.segmentation import segmentation as module

        return getattr(module, name)
    raise AttributeError(name)
