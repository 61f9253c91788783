"""Training: synthetic anatomy, sources, loop. Torch is imported only when it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.training.train import RunSettings, TrainingResult, train_network

__all__ = ["RunSettings", "TrainingResult", "train_network"]


def __getattr__(name: str) -> Any:
    """Imports the trainer when it is first asked for (PEP 562), so that the command line starts without torch."""
    if name in __all__:
        from engine.training import train

        return getattr(train, name)
    raise AttributeError(name)
