"""What the server says to people, with the code of each sentence, so that a client can word it in its own language.

English stays beside the code on the wire, for sentences that have none and for clients that do not know one.
"""

from __future__ import annotations

from engine.sentences import Said, kept
from streaming.protocol.base import WireModel


class Sentence(WireModel):
    """A sentence by its code, for clients to word; numbers among the values are written as in English."""

    code: str
    values: tuple[str, ...] = ()


class Spoken(WireModel):
    """Base of what is said to a person; `said` is the sentence where it was said by its code (`sentence`)."""

    message: str
    cure: str
    said: Sentence | None = None


def sentence(text: str) -> Sentence | None:
    """As it goes over the wire; None for what was not said by a code (`engine.sentences.say`)."""
    return Sentence(code=text.code, values=text.values) if isinstance(text, Said) else None


def kept_sentence(text: str) -> Sentence | None:
    """A warning that was kept with a case, as text; None where nobody knows it."""
    said = kept(text)
    return None if said is None else sentence(said)
