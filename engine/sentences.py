"""Saying something to a person by its code: `say("too_many_plans", 12)`.

What is said is English, and so goes wherever a text goes; and it knows its code, its values and the cure, which a
server tells to clients so that they word it in their own language.
"""

from __future__ import annotations

import re
from functools import cache

from engine.sentence_catalogue import SENTENCES


class Said(str):
    """What happened, in English.

    Attributes:
        code: of the sentence.
        values: what it names, in their order: first those of what happened, then those of the cure.
        cure: what to do about it, in English.
    """

    __slots__ = ("code", "cure", "values")

    code: str
    values: tuple[str, ...]
    cure: str

    def __new__(cls, code: str, values: tuple[str, ...]) -> Said:
        """The sentence with its values in their places."""
        what, cure = SENTENCES[code]
        own = what.count("{}")
        if len(values) != own + cure.count("{}"):
            raise ValueError(f"the sentence {code} does not name {len(values)} values")
        said = super().__new__(cls, what.format(*values[:own]))
        said.code, said.values, said.cure = code, values, cure.format(*values[own:])
        return said

    def __getnewargs__(self) -> tuple[str, tuple[str, ...]]:  # type: ignore[override]
        """For worker processes, whose errors are said to people too."""
        return self.code, self.values


def say(code: str, *values: object) -> Said:
    """A sentence of the catalogue.

    Raises:
        KeyError: there is none under this code.
        ValueError: it names more or fewer values.
    """
    return Said(code, tuple(str(one) for one in values))


def cure_of(what: str) -> str:
    """What to do about it; empty where the sentence is no one of the catalogue."""
    return what.cure if isinstance(what, Said) else ""


def kept(text: str) -> Said | None:
    """The sentence that was kept as text, as warnings are in the folder of a case; None where it is another one."""
    for code, pattern in _patterns().items():
        if found := pattern.fullmatch(text):
            return Said(code, found.groups())
    return None


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """Of the sentences that are kept: those about a case, which have no cure."""
    texts = {code: what for code, (what, _) in SENTENCES.items() if code.startswith("case.")}
    return {code: re.compile("(.+?)".join(map(re.escape, what.split("{}")))) for code, what in texts.items()}
