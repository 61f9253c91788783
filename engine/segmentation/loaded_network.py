"""The shipped networks, each read from disk once in the life of the process."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from engine.errors import WeightsError
from models.card import ModelError, NetworkCard, shipped_card
from models.networks import SubvoxelUNet
from models.weights import load_network

_cached: dict[str, LoadedNetwork] = {}
_loading = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadedNetwork:
    """A network ready to run.

    Attributes:
        card: its card.
        module: its weights, in evaluation mode.
    """

    card: NetworkCard
    module: SubvoxelUNet


def load_shipped(task: str) -> LoadedNetwork:
    """The shipped network for a task; the same object as long as its card names the same weights.

    Raises:
        WeightsError: card or weights are missing or do not belong together.
    """
    try:
        card = shipped_card(task)
        with _loading:
            known = _cached.get(task)
            if known is None or known.card != card:
                known = LoadedNetwork(card=card, module=load_network(card))
                _cached[task] = known
        return known
    except ModelError as error:
        raise WeightsError(str(error), cure="Install Cantlie again, or train the network of the card.") from error
