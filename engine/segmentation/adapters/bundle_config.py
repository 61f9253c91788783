"""The configuration of a MONAI bundle, read as data: references are followed, code is refused.

MONAI's own ConfigParser imports any `_target_` and evaluates every `$` expression, which is code from a file. Here
`@name` references, `%` macros within the file and arithmetic on plain numbers are understood, and nothing else, so
there is nothing to trust and no switch to trust it.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.errors import WeightsError

_MOST_DEPTH: Final = 24
_REFERENCE: Final = re.compile(r"@([A-Za-z_][\w#:]*)")
_SUMS: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}


class BundleConfig:
    """A parsed configuration file.

    Args:
        table: what the JSON or YAML file holds.
    """

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table

    def value(self, name: str, default: Any = None) -> Any:
        """An entry with its references followed; `default` where there is none.

        Raises:
            WeightsError: it holds code or points in a circle.
        """
        if self._find(name) is None:
            return default
        return self._resolved(self._find(name), 0)

    def _find(self, name: str) -> Any:
        found: Any = self._table
        for part in re.split(r"::|#", name):
            if isinstance(found, Mapping):
                found = found.get(part)
            elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
                found = found[int(part)]
            else:
                return None
        return found

    def _resolved(self, given: Any, depth: int) -> Any:
        if depth > _MOST_DEPTH:
            raise WeightsError("The bundle's configuration points in a circle.", cure="Repair or replace the bundle.")
        if isinstance(given, Mapping):
            return {str(name): self._resolved(one, depth + 1) for name, one in given.items()}
        if isinstance(given, list):
            return [self._resolved(one, depth + 1) for one in given]
        if not isinstance(given, str):
            return given
        if given.startswith("$"):
            return self._calculated(given[1:], depth)
        if (reference := re.fullmatch(r"[@%]([A-Za-z_][\w#:]*)", given)) is not None:
            return self._resolved(self._find(reference.group(1)), depth + 1)
        return given

    def _calculated(self, expression: str, depth: int) -> Any:
        """A `$` expression of numbers, lists, sums and references."""
        names: dict[str, Any] = {}

        def named(match: re.Match[str]) -> str:
            name = f"_reference_{len(names)}"
            names[name] = self._resolved(self._find(match.group(1)), depth + 1)
            return name

        try:
            tree = ast.parse(_REFERENCE.sub(named, expression), mode="eval")
            return _evaluated(tree.body, names)
        except (SyntaxError, TypeError, ValueError, ArithmeticError, RecursionError, MemoryError) as error:
            raise WeightsError(
                "The bundle's configuration holds an expression that is code; it was not run.",
                cure="Write its value into the bundle's inference.json.",
            ) from error


def _evaluated(node: ast.expr, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.Name(id=name) if name in names:
            return names[name]
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_evaluated(part, names) for part in parts]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(_evaluated(operand, names))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _SUMS:
            return _SUMS[type(sign)](_number(_evaluated(left, names)), _number(_evaluated(right, names)))
        case _:
            raise ValueError("code")


def _number(value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("only numbers are reckoned with")
    return value
