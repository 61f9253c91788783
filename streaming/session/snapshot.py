"""A fold as text and back, so that a long session opens at once.

Generic over what a fold is made of: the classes are found from the type hints of `Fold`, and a fold may hold frozen
dataclasses, messages of the wire, tuples, frozen sets, mappings, numbers, texts and None. What is shared stays shared:
a step of the history refers to the resections that hundreds of others refer to, and each is written once. That is also
why pydantic does not write it: it would write a plan 400 times a person.

A snapshot is a cache. `fingerprint` tells the code that wrote it, and only the very same code believes it: whatever
changes in the fold, nobody has to remember a version number, and the log is folded anew once.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, ValidationError
from typing_extensions import TypeAliasType

from streaming.session.fold import Fold

_Json: TypeAlias = bool | int | float | str | list[int] | None
"""A value as it is, or the number of the node that holds it."""

_TUPLE: Final = "()"
_SET: Final = "{}"
_MAPPING: Final = ":"
_ROOMS: Final = ("session", "protocol")
"""Folders of `streaming` whose code decides what a log comes to."""


class SnapshotError(Exception):
    """The text is no snapshot of a fold; fold the log instead."""


@functools.cache
def code_fingerprint() -> str:
    """Of the sources that fold a log; another one whenever any of them changes."""
    digest = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((Path(__file__).resolve().parent.parent / room).glob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def fingerprint(start: Fold) -> str:
    """Of the code, and of what the log was folded upon (a body that lies beside the plan may change)."""
    return hashlib.sha256(f"{code_fingerprint()}{encoded(start)}".encode()).hexdigest()


def encoded(fold: Fold) -> str:
    """The fold as text.

    Raises:
        TypeError: it holds something that a snapshot cannot keep.
    """
    writer = _Writer()
    root = writer.put(fold)
    return json.dumps([writer.nodes, root], separators=(",", ":"), allow_nan=False)


def decoded(text: str) -> Fold:
    """The fold of a text that `encoded` wrote.

    Raises:
        SnapshotError: it did not.
    """
    try:
        nodes, root = json.loads(text)
        made: list[Any] = []
        for node in nodes:
            made.append(_made(node, made))
        fold = _value(root, made)
    except (ValueError, TypeError, KeyError, IndexError, ValidationError) as error:
        raise SnapshotError(type(error).__name__) from error
    if not isinstance(fold, Fold):
        raise SnapshotError("no fold")
    return fold


class _Writer:
    """Nodes in an order in which each needs only those before it."""

    def __init__(self) -> None:
        self.nodes: list[list[_Json]] = []
        self._numbers: dict[int, int] = {}  # by identity; the fold keeps its parts alive meanwhile

    def put(self, value: object) -> _Json:
        if value is None or isinstance(value, bool | int | float | str):
            return value
        number = self._numbers.get(id(value))
        if number is None:
            node = self._node(value)
            number = self._numbers[id(value)] = len(self.nodes)
            self.nodes.append(node)
        return [number]

    def _node(self, value: object) -> list[_Json]:
        name = type(value).__name__
        if _classes().get(name) is type(value):
            if isinstance(value, BaseModel):
                return [name, value.model_dump_json()]
            return [name, *(self.put(getattr(value, one)) for one in _fields(type(value)))]
        if isinstance(value, tuple):
            return [_TUPLE, *(self.put(one) for one in value)]
        if isinstance(value, frozenset):
            return [_SET, *(self.put(one) for one in value)]
        if isinstance(value, Mapping):
            return [_MAPPING, *(self.put(one) for item in value.items() for one in item)]
        raise TypeError(f"a snapshot cannot keep a {name}: use a frozen dataclass, a tuple or a mapping")


def _value(value: Any, made: list[Any]) -> Any:
    return made[value[0]] if isinstance(value, list) else value


def _made(node: list[Any], made: list[Any]) -> Any:
    name, parts = node[0], node[1:]
    cls = _classes().get(name)
    if cls is not None and issubclass(cls, BaseModel):
        return cls.model_validate_json(parts[0])
    values = [_value(part, made) for part in parts]
    if cls is not None:
        return cls(**dict(zip(_fields(cls), values, strict=True)))
    match name:
        case "()":
            return tuple(values)
        case "{}":
            return frozenset(values)
        case ":":
            return dict(zip(values[::2], values[1::2], strict=True))
        case _:
            raise SnapshotError(f"unknown {name}")


def _fields(cls: type[Any]) -> tuple[str, ...]:
    names: tuple[str, ...] = tuple(cls.__dataclass_fields__)
    return names


@functools.cache
def _classes() -> dict[str, type[Any]]:
    """All dataclasses and messages that a fold may hold, by name."""
    found: dict[str, type[Any]] = {}
    _collect(Fold, found)
    return found


def _collect(hint: object, found: dict[str, type[Any]]) -> None:
    if isinstance(hint, TypeAliasType):
        _collect(hint.__value__, found)
    elif not isinstance(hint, type) or typing.get_args(hint):
        for one in typing.get_args(hint):
            _collect(one, found)
    elif dataclasses.is_dataclass(hint) or issubclass(hint, BaseModel):
        if (known := found.setdefault(hint.__name__, hint)) is not hint:
            raise TypeError(f"two classes of a fold are called {known.__name__}")
        if dataclasses.is_dataclass(hint):  # a message is kept whole
            for one in typing.get_type_hints(hint).values():
                if one not in found.values():
                    _collect(one, found)
