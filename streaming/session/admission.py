"""What somebody was let in with: decided at the door, kept with their connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from streaming.protocol import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Who somebody is to the server.

    Attributes:
        role: what they may do.
        pass_id: of the pass that they showed; None for who sits at the server's own computer.
        case_id: the one case they may see; None for all.
        name: by which they are known, empty if they gave none.
    """

    role: Role
    pass_id: str | None = None
    case_id: str | None = None
    name: str = ""

    def covers(self, case_id: str) -> bool:
        """Whether they may see this case."""
        return self.case_id is None or self.case_id == case_id


AT_THE_SERVER: Final = Admission(role="owner")
"""Whoever sits at the computer that serves only itself started the server."""
