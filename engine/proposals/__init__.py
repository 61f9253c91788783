"""Proposals: a few distinct plans from the Pareto front of margin, functional remnant, cut area and vessels cut.

Light to import: the search loads with `propose`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.proposals.constraints import Constraints

if TYPE_CHECKING:
    from engine.proposals.proposal import Proposal
    from engine.proposals.rating import Problem
    from engine.proposals.rehearsal import warm_up
    from engine.proposals.search import propose

__all__ = ["Constraints", "Problem", "Proposal", "propose", "warm_up"]


def __getattr__(name: str) -> object:
    if name == "propose":
        from engine.proposals import search

        return search.propose
    if name == "Problem":
        from engine.proposals import rating

        return rating.Problem
    if name == "Proposal":
        from engine.proposals import proposal

        return proposal.Proposal
    if name == "warm_up":
        from engine.proposals import rehearsal

        return rehearsal.warm_up
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
