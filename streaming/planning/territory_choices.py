"""Resections that have a name (Brisbane 2000), as a client offers them."""

from __future__ import annotations

import re

from engine.resection.plan import BRISBANE_NAMES
from streaming.protocol import SegmentAsset, TerritoryChoice


def territory_choices(segments: tuple[SegmentAsset, ...]) -> tuple[TerritoryChoice, ...]:
    """Those whose segments this liver all has, from small to large."""
    volume_ml = {segment.value: segment.volume_ml for segment in segments}
    choices = [
        TerritoryChoice(
            name=_identifier(title),
            title=title,
            segments=tuple(sorted(values)),
            volume_ml=sum(volume_ml[value] for value in values),
        )
        for values, title in BRISBANE_NAMES.items()
        if values <= set(volume_ml)
    ]
    return tuple(sorted(choices, key=lambda choice: (len(choice.segments), choice.segments)))


def _identifier(title: str) -> str:
    """The title in small letters and underlines, without what stands in brackets to explain it."""
    return re.sub(r"[^a-z]+", "_", title.partition("(")[0].strip().lower())
